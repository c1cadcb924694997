/** What a workflow decides: the commands that a step lists and, once it is stored, are published. */
import { DEFAULT_CALL_OPTIONS, type CallOptions, type RetryPolicy } from '../definitions';
import { CodedError } from '../errors';
import type { Json } from '../json';
import type { CommandRecord } from '../protocol/step';
import { hashText } from './hash';

interface Base {
  /** Never used twice within a run. */
  readonly n: number;
  readonly name: string;
  /** JSON text of the arguments. */
  readonly args: string;
}

export interface TaskCommand extends Base {
  readonly kind: 'task';
  readonly queue: string;
  readonly retry: RetryPolicy;
  readonly startToClose: number;
  readonly scheduleToClose: number;
  /** When `scheduleToClose` ends, in milliseconds since the epoch. */
  readonly deadline: number;
}

export interface TimerCommand extends Base {
  readonly kind: 'timer';
  /** Milliseconds since the epoch. */
  readonly due: number;
}

export interface WaitCommand extends Base {
  readonly kind: 'wait';
}

export interface ChildCommand extends Base {
  readonly kind: 'child';
  readonly childId: string;
}

export interface SignalCommand extends Base {
  readonly kind: 'signal';
  readonly target: string;
}

export interface PatchCommand extends Base {
  readonly kind: 'patch';
}

export type Command = TaskCommand | TimerCommand | WaitCommand | ChildCommand | SignalCommand | PatchCommand;

/** The same for commands that are the same decision, whatever their number. */
export const keyOf = ({ kind, name, hash }: Pick<CommandRecord, 'kind' | 'name' | 'hash'>): string =>
  `${kind} ${name} ${hash}`;

/** What a step keeps of a command. `inline` adds the arguments. */
export function recordOf(command: Command, inline: boolean): CommandRecord {
  const { n, kind, name, args } = command;
  const record = { n, kind, name, hash: hashText(identityOf(command)) };
  return inline && args !== '' ? { ...record, args: JSON.parse(args) as Json } : record;
}

/** Everything that makes two commands the same decision; not how often or how long a task is tried. */
function identityOf(command: Command): string {
  switch (command.kind) {
    case 'task':
      return `${command.queue}\n${command.args}`;
    case 'child':
      return `${command.childId}\n${command.args}`;
    case 'signal':
      return `${command.target}\n${command.args}`;
    case 'timer':
      return String(command.due);
    default:
      return '';
  }
}

/** The options of a call with the defaults filled in. Throws CodedError `InvalidOptions`. */
export function callOptions(
  activity: string,
  options: CallOptions,
): Required<CallOptions> & { retry: RetryPolicy } {
  const resolved = {
    startToClose: options.startToClose ?? DEFAULT_CALL_OPTIONS.startToClose,
    scheduleToClose: options.scheduleToClose ?? DEFAULT_CALL_OPTIONS.scheduleToClose,
    retry: { ...DEFAULT_CALL_OPTIONS.retry, ...options.retry },
  };
  const { retry } = resolved;
  const numbers = {
    startToClose: resolved.startToClose,
    scheduleToClose: resolved.scheduleToClose,
    ...retry,
  };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value) || value < 0) {
      throw new CodedError(
        'InvalidOptions',
        `${name} of ${activity} must be a number from 0 up, not ${value}`,
      );
    }
  }
  return resolved;
}
