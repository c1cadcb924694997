/** Declarations that the specs of the language and the engine share. */
import { ReplayedInstance, type InstanceOptions } from '@countersign/testing';
import {
  workflow,
  type ActivityRef,
  type EventRef,
  type Operation,
  type WorkflowDefinition,
  type WorkflowRef,
} from '..';

export const activity = <Input = unknown, Output = unknown>(name: string): ActivityRef<Input, Output> => ({
  name,
  queue: 'work',
});

export const event = <Data = unknown>(name: string): EventRef<Data> => ({ name });

export const subject: WorkflowRef<unknown, unknown> = { name: 'Subject' };

export const a = activity('a');
export const b = activity('b');
export const undoA = activity('undo-a');
export const undoB = activity('undo-b');
export const go = event('go');

/** The body under test as a workflow. */
export const define = (body: (input: unknown) => Operation<unknown>, version = 1): WorkflowDefinition =>
  workflow(subject, { version }, body);

/** The body as an instance, with its first step taken. */
export function begin(
  body: (input: unknown) => Operation<unknown>,
  options?: InstanceOptions,
): ReplayedInstance {
  const instance = new ReplayedInstance([define(body)], options);
  instance.start();
  return instance;
}

/** What a step lists of its commands, in words. */
export const listed = ({ step }: ReplayedInstance): string[] =>
  step.commands.map(({ kind, name }) => `${kind} ${name}`.trim());

/** What is to be published, in words. */
export const published = ({ decision }: ReplayedInstance): string[] =>
  decision.commands.map(({ kind, name }) => `${kind} ${name}`.trim());

export const withdrawn = ({ decision }: ReplayedInstance): string[] =>
  decision.withdrawn.map(({ kind, name }) => `${kind} ${name}`.trim());

/** What became of the newest input. */
export const disposition = ({ step }: ReplayedInstance): string | undefined => step.inputs.at(-1)?.outcome;
