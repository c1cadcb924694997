/** By what a message is recognised, in its metadata: Slack has no idempotency key. */
export interface Mark {
  readonly instanceId: string;
  readonly tokenHash: string;
  /** It was asked for elsewhere before: another message than the first one, perhaps in the same channel. */
  readonly escalated?: boolean;
  /** Of a reminder: which one. */
  readonly reminder?: number;
}

const QUESTION = 'countersign_approval';
const REMINDER = 'countersign_reminder';

const typeOf = ({ reminder }: Mark): string => (reminder === undefined ? QUESTION : REMINDER);

export const metadataOf = (mark: Mark) => ({
  event_type: typeOf(mark),
  event_payload: {
    instance_id: mark.instanceId,
    token_hash: mark.tokenHash,
    ...(mark.escalated && { escalated: true }),
    ...(mark.reminder !== undefined && { count: mark.reminder }),
  },
});

/** Whether a message's metadata are those of this mark. */
export function isMarked(metadata: object | undefined, mark: Mark): boolean {
  if (metadata === undefined || !('event_type' in metadata) || metadata.event_type !== typeOf(mark))
    return false;
  const payload = 'event_payload' in metadata ? metadata.event_payload : undefined;
  if (typeof payload !== 'object' || payload === null) return false;
  const { token_hash, escalated = false, count } = payload as Record<string, unknown>;
  return token_hash === mark.tokenHash && escalated === (mark.escalated ?? false) && count === mark.reminder;
}
