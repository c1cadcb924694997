/** Tells a decision of ours from somebody else's, in a task that is no longer open. */
import { createHash } from 'node:crypto';
import type { DecisionKind, FlexDeployTask, TaskDecided } from '@countersign/contracts';

const OPEN = 'PENDING';
const ASKED_FOR = { approve: /^APPROVED?$/i, reject: /^REJECT(ED)?$/i } as const;

/** Short name of one decision of ours, the same on every attempt. */
const reference = (idempotencyKey: string): string =>
  `countersign ${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 16)}`;

/** The notes that go with a decision, signed so that a later attempt recognises it as ours. */
export function signedNotes(notes: string | undefined, idempotencyKey: string): string {
  const signature = `[${reference(idempotencyKey)}]`;
  return notes ? `${notes} ${signature}` : signature;
}

/**
 * What became of a task; undefined while it is open. `applied` when the notes carry our signature, or
 * when its status is what we asked for and there are no notes to tell by: then the answer to our own
 * request was lost, or somebody decided the same, and either way nothing is left to do.
 */
export function outcomeOf(
  { status, notes }: Extract<FlexDeployTask, { found: true }>,
  action: DecisionKind,
  idempotencyKey: string,
): TaskDecided | undefined {
  if (status.toUpperCase() === OPEN) return undefined;
  const ours = notes ? notes.includes(reference(idempotencyKey)) : ASKED_FOR[action].test(status);
  return ours ? { outcome: 'applied' } : { outcome: 'already-decided', status };
}
