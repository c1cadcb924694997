import type { DecisionKind, Person } from '@countersign/contracts';
import { TerminalError } from '@countersign/workflow';

/**
 * One token, known by its hash (the row key). States only go from `Pending` to `Used` or `Revoked`,
 * each by a compare-and-set, so a row that changed under somebody's hands is decided.
 */
export interface TokenRow {
  readonly TaskId: string;
  readonly DueDate: Date;
  readonly InstanceId: string;
  readonly State: 'Pending' | 'Used' | 'Revoked';
  /** Idempotency key of the claim that won: the same on every attempt of that claim. */
  readonly ClaimKey?: string;
  readonly Decision?: DecisionKind;
  readonly DecidedBy?: string;
  readonly DecidedAt?: Date;
  /** Why it was revoked. */
  readonly Reason?: string;
}

/** What every request carries of the row, so that a row that vanished can be written anew. */
interface TokenRequest {
  readonly taskId: string;
  readonly dueAt: string;
}

export const pendingRow = ({ taskId, dueAt }: TokenRequest, instanceId: string): TokenRow => ({
  TaskId: taskId,
  DueDate: new Date(dueAt),
  InstanceId: instanceId,
  State: 'Pending',
});

export const nameOf = ({ id, name }: Person): string => (id === name ? name : `${name} (${id})`);

/** @throws TerminalError `TokenOfAnotherTask`: a token decides the one task of the one instance it was made for */
export function refuseForeign(row: TokenRow, { taskId }: TokenRequest, instanceId: string): void {
  if (row.TaskId === taskId && row.InstanceId === instanceId) return;
  throw new TerminalError(
    'TokenOfAnotherTask',
    `This token was not made for task ${taskId} of ${instanceId}.`,
  );
}
