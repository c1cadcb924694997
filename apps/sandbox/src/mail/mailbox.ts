import { Injectable } from '@nestjs/common';
import type { SandboxEvent } from '../journal/events';
import { Journal } from '../journal/journal';
import type { Mail } from './events';

/** The mail of everybody. */
@Injectable()
export class Mailbox {
  private mails: Mail[] = [];

  constructor(private readonly journal: Journal) {
    journal.attach((event) => this.apply(event));
  }

  /** Newest last. */
  list(): readonly Mail[] {
    return this.mails;
  }

  receive(mail: Mail): void {
    this.journal.record({ kind: 'mail.received', mail });
  }

  private apply(event: SandboxEvent): void {
    if (event.kind === 'mail.received') this.mails.push(event.mail);
    if (event.kind === 'reset') this.mails = [];
  }
}
