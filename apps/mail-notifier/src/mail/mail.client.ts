import type { MessageRef } from '@countersign/contracts';
import { TerminalError } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { createTransport, type Transporter } from 'nodemailer';
import { MailNotifierConfig } from '../config';
import type { Letter } from '../messages/letter';
import { mailError } from './mail-errors';

/** Milliseconds that one step of the conversation with the server may take. */
const TIMEOUT = 10_000;

/** A letter with its address. */
export interface Mail {
  readonly to: string;
  /** With angle brackets. Equal for every attempt to send the same thing. */
  readonly messageId: string;
  /** The message that it follows, in the same thread. */
  readonly inReplyTo?: string;
  readonly letter: Letter;
}

/** Sends by SMTP, once: what fails is left to the retry policy of the activity. */
@Injectable()
export class MailClient {
  private readonly transport: Transporter;

  constructor(private readonly config: MailNotifierConfig) {
    const { smtpHost: host, smtpPort: port, smtpTls, smtpUser: user, smtpPassword: pass } = config;
    this.transport = createTransport({
      host,
      port,
      secure: smtpTls === 'implicit',
      requireTLS: smtpTls === 'required',
      ignoreTLS: smtpTls === 'none',
      ...(user !== undefined && { auth: { user, pass } }),
      connectionTimeout: TIMEOUT,
      greetingTimeout: TIMEOUT,
      socketTimeout: TIMEOUT,
      dnsTimeout: TIMEOUT,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /**
   * Resolves when the server has taken the message.
   *
   * @throws TerminalError `MailAddressInvalid`, `MailRefused`
   * @throws CodedError `MailUnavailable` (retryable)
   */
  async send({ to, messageId, inReplyTo, letter }: Mail, signal: AbortSignal): Promise<MessageRef> {
    if (!isEmail(to, { require_tld: false }))
      throw new TerminalError(
        'MailAddressInvalid',
        `This is no e-mail address: ${to}. Check "to" of the approval's policy, and MAIL_TO.`,
      );
    try {
      await this.transport.sendMail({
        from: this.config.mailFrom,
        // Not as a text, in which a comma would make two of it.
        to: { name: '', address: to },
        messageId,
        ...(inReplyTo !== undefined && { inReplyTo, references: inReplyTo }),
        ...letter,
        headers: UNATTENDED,
        signal,
      });
    } catch (error) {
      throw mailError(to, error);
    }
    return { channel: to, ts: messageId };
  }
}

/** Nobody's absence shall be answered to us (RFC 3834; the second one is Exchange's). */
const UNATTENDED = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };
