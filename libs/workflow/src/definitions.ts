import type { ErrorData } from './errors';

/** Carries types without a value: an activity's input and output exist at compile time only. */
declare const types: unique symbol;

/** A unit of work that a service performs, addressed by queue and durable name. */
export interface ActivityRef<Input, Output> {
  readonly name: string;
  readonly queue: string;
  readonly [types]?: { input: Input; output: Output };
}

/** Something that is raised from outside and that a workflow may wait for. */
export interface EventRef<Data> {
  readonly name: string;
  readonly [types]?: { data: Data };
}

/** A workflow by its durable name: what a start, a child and a status refer to. */
export interface WorkflowRef<Input, Output> {
  readonly name: string;
  readonly [types]?: { input: Input; output: Output };
}

/** A small state with operations, addressed by name and key: what Durable Functions calls an entity. */
export interface EntityRef<State, Operations> {
  readonly name: string;
  /** `Operations` maps the name of each operation to its input. */
  readonly [types]?: { state: State; operations: Operations };
}

/** When and how often a failed attempt of an activity is repeated. All durations in milliseconds. */
export interface RetryPolicy {
  /** Handler starts in total, the first included; 0 means without limit (until `scheduleToClose`). */
  readonly maxAttempts: number;
  readonly initialInterval: number;
  /** The interval is multiplied by this after every attempt. */
  readonly backoff: number;
  readonly maxInterval: number;
}

/** How an activity is run; every field has a default (see `DEFAULT_CALL_OPTIONS`). Durations in milliseconds. */
export interface CallOptions {
  readonly retry?: Partial<RetryPolicy>;
  /** How long one attempt may take. */
  readonly startToClose?: number;
  /** How long all attempts together may take, waiting for a free worker included. */
  readonly scheduleToClose?: number;
}

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** The one place for the defaults of `call`. */
export const DEFAULT_CALL_OPTIONS = {
  retry: { maxAttempts: 10, initialInterval: SECOND, backoff: 2, maxInterval: 30 * SECOND },
  startToClose: 60 * SECOND,
  scheduleToClose: 24 * HOUR,
} as const satisfies Required<CallOptions> & { retry: RetryPolicy };

/** Codes of failures that the engine itself produces. */
export const ENGINE_FAILURES = {
  scheduleToClose: 'ScheduleToCloseTimeout',
  startToClose: 'StartToCloseTimeout',
  attempts: 'AttemptsExhausted',
  tooLarge: 'ValueTooLarge',
  childIdTaken: 'ChildIdTaken',
  budget: 'BudgetExceeded',
  withdrawn: 'Withdrawn',
} as const satisfies Record<string, ErrorData['code']>;
