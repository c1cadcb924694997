import { type MessageUpdated, UpdateMessage, updateMessage } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller, Logger } from '@nestjs/common';
import { outcomeMessage } from './messages/outcome-message';
import { SlackClient } from './slack/slack.client';
import { saysSlack } from './slack/slack-errors';

/**
 * Says what became of an approval. A message that somebody deleted stays deleted: the decision has
 * been taken, so that is recorded in the instance's history and in the log, and nothing is posted.
 */
@Controller()
export class UpdateMessageHandler {
  private readonly logger = new Logger('UpdateMessage');

  constructor(private readonly slack: SlackClient) {}

  @Activity(updateMessage)
  async update(input: UpdateMessage, { instanceId, signal }: ActivityContext): Promise<MessageUpdated> {
    const { channel, ts } = input;
    try {
      await this.slack.update(
        { channel, ts },
        outcomeMessage(input.subject, input.dueAt, input.outcome),
        signal,
      );
      return { updated: true };
    } catch (error) {
      if (!saysSlack(error, 'message_not_found')) throw error;
      this.logger.warn('the message was deleted in Slack', { instanceId, channel, ts });
      return { updated: false, reason: 'The message was deleted in Slack.' };
    }
  }
}
