import { withoutTokenHashes } from '@countersign/contracts';
import type { InstanceView, ReportedProgress } from '@countersign/jetstream';
import type { Json, RuntimeStatus } from '@countersign/workflow';

/** All that a client who may only poll gets to see of an instance. */
export interface PublicStatus {
  readonly id: string;
  readonly status: RuntimeStatus;
  /** What the workflow says of itself; null while it has said nothing. */
  readonly customStatus: Json;
  /** Null until the instance is Completed. */
  readonly result: Json;
  /** Set when it Failed. */
  readonly error?: PublicError;
  /** What an open activity reported last. */
  readonly progress?: Json;
}

/** Of an error's data nothing else is for the public. */
export interface PublicError {
  readonly code: string;
  readonly message: string;
}

/** The public state: everything but the progress. */
export function publicState({ id, status, step }: InstanceView): Omit<PublicStatus, 'progress'> {
  const { customStatus = null, result = null, error } = step ?? {};
  const state = { id, status, customStatus: withoutTokenHashes(customStatus), result };
  return status !== 'Failed' || error === undefined
    ? state
    : { ...state, error: { code: error.code, message: error.message } };
}

export function publicStatus(view: InstanceView & { readonly progress?: ReportedProgress }): PublicStatus {
  const state = publicState(view);
  return view.progress === undefined ? state : { ...state, progress: view.progress.value };
}
