/**
 * A step: the journal record that commits what one or more inputs caused. The newest step of an
 * instance also is its public state.
 */
import type { ErrorData } from '../errors';
import type { Json } from '../json';
import type { Source } from './inputs';

export const STATUSES = [
  'Pending',
  'Running',
  'Suspended',
  'Completed',
  'Failed',
  'Terminated',
  'Canceled',
] as const;
export type RuntimeStatus = (typeof STATUSES)[number];

const TERMINAL: ReadonlySet<RuntimeStatus> = new Set(['Completed', 'Failed', 'Terminated', 'Canceled']);
export const isTerminal = (status: RuntimeStatus): boolean => TERMINAL.has(status);

/**
 * What became of an input: `applied` advanced the workflow (it satisfied a wait, settled a
 * command, changed the status); `buffered` is kept for a later wait; `late` refers to a command
 * that is no longer open; `duplicate` was seen before; `refused` is not allowed now (`why` says so).
 */
export type Disposition = 'applied' | 'buffered' | 'late' | 'duplicate' | 'refused';

export interface AppliedInput {
  readonly seq: number;
  /** Stream time in milliseconds; replay uses this one. */
  readonly at: number;
  readonly outcome: Disposition;
  readonly why?: string;
  /** Of a rewind that was applied: the input that is taken back, which had failed an activity. */
  readonly undoes?: number;
}

/** What a step remembers of a command: enough to tell divergence. */
export interface CommandRecord {
  readonly n: number;
  readonly kind: CommandKind;
  /** Activity, event, child workflow or patch name; empty for timers. */
  readonly name: string;
  /** Hash of the arguments' JSON. */
  readonly hash: string;
  /** The arguments, inline while the step stays under its size limit. */
  readonly args?: Json;
}

export type CommandKind = 'task' | 'timer' | 'wait' | 'child' | 'signal' | 'patch';

/** Where a workflow continued as new: replay begins here, and may do without what is older. */
export interface Continuation {
  readonly input: Json;
  readonly customStatus?: Json;
  /** The last command number that was used. */
  readonly number: number;
  /** Inputs that are applied again: events that nobody waited for, what was held back while suspended. */
  readonly pending: readonly number[];
  /** The newest signals that were applied (see `Source`), so that a repeat is recognised. */
  readonly sources: readonly string[];
}

export interface Step {
  readonly format: 1;
  /** Sequence of the input that opened this run (`started`, or a `restart`). */
  readonly run: number;
  readonly workflow: string;
  readonly version: number;
  readonly status: RuntimeStatus;
  readonly inputs: readonly AppliedInput[];
  /** Commands newly decided by this step. */
  readonly commands: readonly CommandRecord[];
  /** Numbers of commands that this step closed without a result (lost races, cancel, terminate). */
  readonly canceled: readonly number[];
  /** Names of the events that the instance waits for after this step. */
  readonly waits: readonly string[];
  /** Numbers of the activities that are open after this step, the oldest first; left out when there are none. */
  readonly tasks?: readonly number[];
  readonly customStatus?: Json;
  readonly result?: Json;
  readonly error?: ErrorData;
  /** Stream time of `started` and of the newest input, in milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly parent?: Source;
  readonly continued?: Continuation;
  /** It was terminated while its code could not be run (it was parked): nothing of this run is replayed. */
  readonly forced?: true;
  /** The instance is purged: everything of it is about to be deleted. */
  readonly purged?: true;
  /**
   * Sequences of the steps just before this one, the oldest first (see {@link TRAIL}): the journal is read back along
   * them. Steps of earlier releases have none.
   */
  readonly trail?: readonly number[];
}

/** How many steps a step names that came before it. */
export const TRAIL = 8;
