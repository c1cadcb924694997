import { type MessageUpdated, UpdateMessage, updateMessage } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { outcomeMessage } from './messages/outcome-message';
import { unlessDeleted } from './slack/deleted';
import { SlackClient } from './slack/slack.client';

/** Says what became of an approval, in the message that asked. */
@Controller()
export class UpdateMessageHandler {
  constructor(private readonly slack: SlackClient) {}

  @Activity(updateMessage)
  update(input: UpdateMessage, { instanceId, signal }: ActivityContext): Promise<MessageUpdated> {
    const { channel, ts, subject, dueAt, outcome } = input;
    const message = outcomeMessage(subject, dueAt, outcome);
    return unlessDeleted({ instanceId, channel, ts }, () =>
      this.slack.update({ channel, ts }, message, signal),
    );
  }
}
