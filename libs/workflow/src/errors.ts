import type { Json } from './json';

/** An error as data: the only form in which an error crosses a process or enters a journal. */
export interface ErrorData {
  /** Stable and machine-readable, PascalCase: `ActivityTimeout`, `FlexDeployUnauthorized`. */
  readonly code: string;
  /** For the person who reads it; says what to do where something can be done. */
  readonly message: string;
  /** Whether the same attempt may succeed later. */
  readonly retryable: boolean;
  readonly details?: Json;
}

/** The one base of every error that this project throws. */
export class CodedError extends Error {
  readonly retryable: boolean;
  readonly details?: Json;

  constructor(
    readonly code: string,
    message: string,
    options: { cause?: unknown; retryable?: boolean; details?: Json } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code;
    this.retryable = options.retryable ?? false;
    if (options.details !== undefined) this.details = options.details;
  }
}

/** Thrown by an activity handler to fail the activity at once: no further attempt is made. */
export class TerminalError extends CodedError {}

/** Thrown into a workflow where a `call` or `child` that it waits for has failed for good. */
export class ActivityError extends CodedError {
  constructor(
    /** Durable name of the activity or child workflow that failed. */
    readonly activity: string,
    error: ErrorData,
  ) {
    super(error.code, error.message, {
      retryable: error.retryable,
      ...(error.details === undefined ? {} : { details: error.details }),
    });
  }
}

/** Thrown into a workflow at the point where it waits when somebody cancels its instance. */
export class CanceledError extends CodedError {
  constructor(reason: string) {
    super('Canceled', reason);
  }
}

/** Turns anything thrown into data. Unknown errors are retryable: only who throws knows better. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof CodedError) {
    const { code, message, retryable, details } = error;
    return details === undefined ? { code, message, retryable } : { code, message, retryable, details };
  }
  if (error instanceof Error) return { code: error.name, message: error.message, retryable: true };
  return { code: 'Error', message: String(error), retryable: true };
}
