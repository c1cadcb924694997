import { type MessageUpdated, Remind, remindApprovers } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { reminder } from './messages/approval-message';
import { unlessDeleted } from './slack/deleted';
import type { Mark } from './slack/mark';
import { SlackClient } from './slack/slack.client';

/** Says below the message that it still waits. A repeated attempt first looks whether an earlier one has said so. */
@Controller()
export class RemindHandler {
  constructor(private readonly slack: SlackClient) {}

  @Activity(remindApprovers)
  remind(input: Remind, context: ActivityContext): Promise<MessageUpdated> {
    const { message } = input;
    return unlessDeleted({ instanceId: context.instanceId, ...message }, () => this.once(input, context));
  }

  private async once(input: Remind, context: ActivityContext): Promise<void> {
    const { message, tokenHash, count } = input;
    const { instanceId, attempt, signal } = context;
    const mark: Mark = { instanceId, tokenHash, reminder: count };
    if (attempt > 1 && (await this.slack.findReply(message, mark, signal))) return;
    await context.progress({ stage: 'posting' });
    await this.slack.reply(message, reminder(input), mark, signal);
  }
}
