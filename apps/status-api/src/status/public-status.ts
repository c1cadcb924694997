import type { InstanceView } from '@countersign/jetstream';
import type { Json, RuntimeStatus } from '@countersign/workflow';

/** All that a client who may only poll gets to see of an instance. */
interface PublicStatus {
  readonly id: string;
  readonly status: RuntimeStatus;
  /** What the workflow says of itself; null while it has said nothing. */
  readonly customStatus: Json;
  /** Null until the instance is Completed. */
  readonly result: Json;
  /** Set when it Failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

export function publicStatus({ id, status, step }: InstanceView): PublicStatus {
  const { customStatus = null, result = null, error } = step ?? {};
  const known = { id, status, customStatus, result };
  return error === undefined ? known : { ...known, error: { code: error.code, message: error.message } };
}
