import { mailReminder, type MessageUpdated, Remind } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { approvalPage } from './approval-page';
import { MailNotifierConfig } from './config';
import { follow } from './follow';
import { MailClient } from './mail/mail.client';
import { reminderLetter } from './messages/letters';

/** Asks again, in the thread of the question. */
@Controller()
export class RemindHandler {
  constructor(
    private readonly mail: MailClient,
    private readonly config: MailNotifierConfig,
  ) {}

  @Activity(mailReminder)
  async remind(input: Remind, context: ActivityContext): Promise<MessageUpdated> {
    const letter = reminderLetter(input, approvalPage(this.config, input.sealedToken));
    const sender = { mail: this.mail, from: this.config.mailFrom };
    return follow(sender, { after: input.message, letter, what: ['reminder', input.count] }, context);
  }
}
