import type { InstanceView } from '@countersign/jetstream';
import type { Json, RuntimeStatus } from '@countersign/workflow';
import { type PublicError, publicState } from './public-status';

/** Nothing else may appear as a status: a client polls on for ever at a word that it does not know. */
const STATUSES = {
  Pending: 'NotStarted',
  Running: 'Running',
  Suspended: 'Running',
  Completed: 'Succeeded',
  Failed: 'Failed',
  Terminated: 'Canceled',
  Canceled: 'Canceled',
} as const satisfies Record<RuntimeStatus, string>;

/**
 * An instance as a status monitor.
 * Source: Microsoft Azure REST API Guidelines, "Obtaining status and results of long-running operations".
 */
export interface Operation {
  readonly id: string;
  readonly status: (typeof STATUSES)[RuntimeStatus];
  /** When it Succeeded. */
  readonly result?: Json;
  /** When it Failed, and always then: clients take code and message from it. */
  readonly error?: PublicError;
}

const UNKNOWN_ERROR: PublicError = { code: 'Failed', message: 'The instance failed.' };

export function operationOf(view: InstanceView): Operation {
  const { id, result, error = UNKNOWN_ERROR } = publicState(view);
  const status = STATUSES[view.status];
  if (status === 'Succeeded') return { id, status, result };
  return status === 'Failed' ? { id, status, error } : { id, status };
}
