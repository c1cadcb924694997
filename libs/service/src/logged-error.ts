import { CodedError } from '@countersign/workflow';
import { stdSerializers } from 'pino';

/** What of an error is written, beside what it is about where it is ours. */
const FIELDS = new Set([
  'type',
  'name',
  'message',
  'stack',
  'code',
  'status',
  'statusCode',
  'retryable',
  'errno',
  'syscall',
  'address',
  'port',
]);

/**
 * An error as it is logged. The errors of clients carry the requests that failed, with headers and bodies; of those
 * nothing is written, whatever else they have.
 */
export function loggedError(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const all = error instanceof Error ? stdSerializers.err(error) : error;
  const told = Object.entries(all).filter(([name, value]) => FIELDS.has(name) && typeof value !== 'object');
  return {
    ...Object.fromEntries(told),
    ...(error instanceof CodedError && error.details !== undefined && { details: error.details }),
    ...(error instanceof AggregateError && { errors: error.errors.map(loggedError) }),
  };
}
