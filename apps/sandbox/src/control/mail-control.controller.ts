import { Controller, Get } from '@nestjs/common';
import type { Mail } from '../mail/events';
import { Mailbox } from '../mail/mailbox';

/** Looks into the mail that the stand-in mail server took. */
@Controller('sandbox/api/mail')
export class MailControlController {
  constructor(private readonly mailbox: Mailbox) {}

  /** Newest last. */
  @Get('messages')
  messages(): readonly Mail[] {
    return this.mailbox.list();
  }
}
