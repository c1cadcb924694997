/**
 * Rebuilds an execution from its journal: applies the inputs in the order that the steps list
 * them, and compares what the code decides now with what it decided then.
 */
import type { WorkflowDefinition } from '../language/workflow';
import type { InputBody } from '../protocol/inputs';
import type { CommandRecord, Step } from '../protocol/step';
import { Execution, type Decision, type EndedRuns } from './execution';

export interface JournalEntry {
  /** Stream sequence of the step. */
  readonly seq: number;
  readonly step: Step;
}

/** Why an instance cannot go on with this code; kept with it until it can. */
export type Standstill =
  | {
      readonly kind: 'diverged';
      readonly stepSeq: number;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly kind: 'unknown-workflow'; readonly workflow: string; readonly version: number | undefined };

export type Replayed =
  | { readonly kind: 'ok'; readonly execution: Execution }
  | { readonly kind: 'standstill'; readonly why: Standstill }
  /** The journal lists an input that was not among those given: the read was stale. */
  | { readonly kind: 'incomplete'; readonly missing: number };

export interface ReplayOptions {
  readonly id: string;
  readonly find: (name: string, version?: number) => WorkflowDefinition | undefined;
  /** Bodies of the instance's inputs by sequence. */
  readonly inputs: ReadonlyMap<number, InputBody>;
  readonly steps: readonly JournalEntry[];
  /** Called with the decision of every step, as replay regenerates it. */
  readonly onDecision?: (entry: JournalEntry, decision: Decision) => void;
}

/** @throws nothing: what stands in the way is in the answer. */
export function replay({ id, find, inputs, steps, onDecision }: ReplayOptions): Replayed {
  const last = steps.at(-1)?.step;
  if (last === undefined) return { kind: 'ok', execution: new Execution(id, find) };
  if (find(last.workflow, last.version) === undefined) {
    return {
      kind: 'standstill',
      why: { kind: 'unknown-workflow', workflow: last.workflow, version: last.version },
    };
  }
  const pins = new Pins(steps, last);
  const execution = new Execution(id, (name, version) => find(name, version ?? pins.version), pins);
  const missing = missingInput(steps, inputs);
  if (missing !== undefined) return { kind: 'incomplete', missing };
  const opening = steps.findIndex(({ step }) => step.run === last.run);
  const ended = steps.slice(0, opening);
  if (ended.length > 0) {
    // For their decisions only: whether code of today still agrees with runs that ended is nobody's concern.
    if (onDecision !== undefined) replay({ id, find, inputs, steps: ended, onDecision });
    execution.skip(endedRuns(ended, inputs));
  }
  const done: Step[] = [];
  execution.remember(() => ({ steps: done, bodyOf: (seq) => inputs.get(seq)! }));
  for (const entry of steps.slice(opening)) {
    for (const { seq, at } of entry.step.inputs) execution.apply({ seq, at, body: inputs.get(seq)! });
    const decision = execution.take();
    const difference = differenceOf(entry.step, decision.step);
    if (difference !== undefined)
      return { kind: 'standstill', why: { kind: 'diverged', stepSeq: entry.seq, ...difference } };
    onDecision?.(entry, decision);
    execution.stored(entry.seq);
    done.push(entry.step);
  }
  pins.release();
  return { kind: 'ok', execution };
}

/** While history is replayed, versions and patches are those that it was made with. */
class Pins {
  readonly #patches = new Set<string>();
  #released = false;

  constructor(
    steps: readonly JournalEntry[],
    private readonly last: Step,
  ) {
    for (const { step } of steps) {
      if (step.run !== last.run) continue;
      for (const { kind, name } of step.commands) if (kind === 'patch') this.#patches.add(name);
    }
  }

  get version(): number | undefined {
    return this.#released ? undefined : this.last.version;
  }

  has(patch: string): boolean {
    return this.#released || this.#patches.has(patch);
  }

  release(): void {
    this.#released = true;
  }
}

function missingInput(
  steps: readonly JournalEntry[],
  inputs: ReadonlyMap<number, InputBody>,
): number | undefined {
  for (const { step } of steps) for (const { seq } of step.inputs) if (!inputs.has(seq)) return seq;
  return undefined;
}

function endedRuns(steps: readonly JournalEntry[], bodies: ReadonlyMap<number, InputBody>): EndedRuns {
  const inputs = steps.flatMap(({ step }) =>
    step.inputs.map((applied) => ({ ...applied, body: bodies.get(applied.seq)! })),
  );
  const started = inputs.map(({ body }) => body).find((body) => body.type === 'started')!;
  const { step: last } = steps.at(-1)!;
  return { started: last.parent === undefined ? started : { ...started, parent: last.parent }, last, inputs };
}

/** What the first difference is, in words for who has to mend it. */
function differenceOf(recorded: Step, replayed: Step): { expected: string; actual: string } | undefined {
  const length = Math.max(recorded.commands.length, replayed.commands.length);
  for (let i = 0; i < length; i++) {
    const expected = inWords(recorded.commands[i]);
    const actual = inWords(replayed.commands[i]);
    if (expected !== actual) return { expected, actual };
  }
  if (recorded.status !== replayed.status) return { expected: recorded.status, actual: replayed.status };
  return undefined;
}

function inWords(command: CommandRecord | undefined): string {
  return command === undefined
    ? 'no further command'
    : `${command.kind} ${command.name} #${command.n} (${command.hash})`;
}
