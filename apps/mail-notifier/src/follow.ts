import type { MessageRef, MessageUpdated } from '@countersign/contracts';
import type { ActivityContext } from '@countersign/jetstream';
import { isRecipientRefused } from './mail/mail-errors';
import type { MailClient } from './mail/mail.client';
import type { Letter } from './messages/letter';
import { messageId } from './messages/message-id';

interface FollowUp {
  readonly after: MessageRef;
  readonly letter: Letter;
  /** Tells it from everything else that follows the same message. */
  readonly what: readonly (string | number)[];
}

/**
 * Sends what follows an earlier message, to the same address. That there is no such mailbox any more fails
 * nothing: the question was asked.
 *
 * @throws TerminalError `MailRefused`; CodedError `MailUnavailable` (retryable)
 */
export async function follow(
  { mail, from }: { readonly mail: MailClient; readonly from: string },
  { after: { channel: to, ts: inReplyTo }, letter, what }: FollowUp,
  context: ActivityContext,
): Promise<MessageUpdated> {
  await context.progress({ stage: 'sending' });
  try {
    await mail.send(
      { to, inReplyTo, letter, messageId: messageId(from, inReplyTo, ...what) },
      context.signal,
    );
    return { updated: true };
  } catch (error) {
    if (!isRecipientRefused(error)) throw error;
    return { updated: false, reason: error.message };
  }
}
