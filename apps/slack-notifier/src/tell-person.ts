import { type PersonTold, TellPerson, tellPerson } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { escapeExceptMentions } from './messages/text';
import { SlackClient } from './slack/slack.client';
import { saysSlack } from './slack/slack-errors';

/** Tells one person something beside the message. To be told twice harms nobody. */
@Controller()
export class TellPersonHandler {
  constructor(private readonly slack: SlackClient) {}

  @Activity(tellPerson)
  async tell({ message, person, text }: TellPerson, { signal }: ActivityContext): Promise<PersonTold> {
    try {
      await this.slack.whisper(message, person, escapeExceptMentions(text), signal);
      return { told: true };
    } catch (error) {
      if (!saysSlack(error, 'user_not_in_channel')) throw error;
      return { told: false, reason: 'The person is not in the channel.' };
    }
  }
}
