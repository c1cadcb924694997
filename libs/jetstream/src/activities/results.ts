import type { TaskAddress } from '@countersign/contracts';
import {
  CodedError,
  ENGINE_FAILURES,
  MAX_VALUE_BYTES,
  toErrorData,
  type ActivityFailed,
  type ErrorData,
} from '@countersign/workflow';

const LONGEST_MESSAGE = 4000;

/**
 * The input that carries a handler's result. What JSON cannot carry, or what is too large, becomes
 * a failure: it would be the same on every attempt.
 *
 * @param trace of the attempt (a `traceparent`)
 */
export function completedInput(task: TaskAddress, result: unknown, trace?: string): string {
  const json = toJson(result ?? null);
  if (json instanceof CodedError) return failedInput(task, toErrorData(json), trace);
  const sender = trace === undefined ? '' : `,"trace":"${trace}"`;
  return `{"type":"completed","run":${task.run},"n":${task.n},"result":${json}${sender}}`;
}

export function failedInput({ run, n }: TaskAddress, error: ErrorData, trace?: string): string {
  const failed: ActivityFailed = { type: 'failed', run, n, error, trace };
  const json = JSON.stringify(failed);
  if (Buffer.byteLength(json) <= MAX_VALUE_BYTES) return json;
  const { code, message, retryable } = error;
  return JSON.stringify({
    ...failed,
    error: { code, message: message.slice(0, LONGEST_MESSAGE), retryable },
  });
}

function toJson(value: unknown): string | CodedError {
  try {
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined)
      return new CodedError('ResultNotJson', `The result is a ${typeof value}, not JSON`);
    const size = Buffer.byteLength(json);
    if (size <= MAX_VALUE_BYTES) return json;
    return new CodedError(
      ENGINE_FAILURES.tooLarge,
      `The result has ${size} bytes as JSON; at most ${MAX_VALUE_BYTES} are stored. Return a reference to it instead.`,
    );
  } catch (cause) {
    return new CodedError('ResultNotJson', `The result is not JSON: ${toErrorData(cause).message}`, {
      cause,
    });
  }
}
