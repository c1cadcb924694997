import type { MessageRef, MessageUpdated } from '@countersign/contracts';
import { Logger } from '@nestjs/common';
import { saysSlack } from './slack-errors';

const logger = new Logger('DeletedMessage');

/**
 * Changes a message. One that somebody deleted stays deleted: that fails nothing, is recorded in the
 * instance's history and in the log, and nothing is posted.
 */
export async function unlessDeleted(
  about: MessageRef & { readonly instanceId: string },
  change: () => Promise<void>,
): Promise<MessageUpdated> {
  try {
    await change();
    return { updated: true };
  } catch (error) {
    if (!saysSlack(error, 'message_not_found', 'thread_not_found')) throw error;
    logger.warn('the message was deleted in Slack', about);
    return { updated: false, reason: 'The message was deleted in Slack.' };
  }
}
