import { mailOutcome, type MessageUpdated, UpdateMessage } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { MailNotifierConfig } from './config';
import { follow } from './follow';
import { MailClient } from './mail/mail.client';
import { outcomeLetter } from './messages/letters';

/** Says what became of an approval, in the thread of the question: a mail that was sent cannot be changed. */
@Controller()
export class UpdateMessageHandler {
  constructor(
    private readonly mail: MailClient,
    private readonly config: MailNotifierConfig,
  ) {}

  @Activity(mailOutcome)
  async update(input: UpdateMessage, context: ActivityContext): Promise<MessageUpdated> {
    const { outcome } = input;
    const sender = { mail: this.mail, from: this.config.mailFrom };
    const what = ['outcome', outcome.kind, outcome.at];
    return follow(sender, { after: input, letter: outcomeLetter(input), what }, context);
  }
}
