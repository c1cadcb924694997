import { mailApproval, type MessageRef, PostApproval } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { approvalPage } from './approval-page';
import { MailNotifierConfig } from './config';
import { MailClient } from './mail/mail.client';
import { approvalLetter } from './messages/letters';
import { messageId } from './messages/message-id';

/**
 * Asks by e-mail. Nobody can look into a mailbox, so a repeated attempt sends again, with the same
 * Message-ID: both messages carry the same link. Reporting progress before sending makes an attempt count
 * even when it dies with its process.
 */
@Controller()
export class PostApprovalHandler {
  constructor(
    private readonly mail: MailClient,
    private readonly config: MailNotifierConfig,
  ) {}

  @Activity(mailApproval)
  async post(input: PostApproval, context: ActivityContext): Promise<MessageRef> {
    const { mailFrom, mailTo } = this.config;
    const to = input.to ?? mailTo;
    const letter = approvalLetter(input, approvalPage(this.config, input.sealedToken));
    await context.progress({ stage: 'sending' });
    return this.mail.send(
      { to, letter, messageId: messageId(mailFrom, 'approval', input.tokenHash, to) },
      context.signal,
    );
  }
}
