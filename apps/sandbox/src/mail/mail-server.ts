import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import { SandboxConfig } from '../config';
import { FaultBoard, type Fault, type FaultMode } from '../control/fault-board';
import type { Mail } from './events';
import { Mailbox } from './mailbox';

/** Bytes. */
const LARGEST = 10 * 1024 * 1024;
/** Milliseconds by which a slow server answers late. */
const SLOW = 3000;
/** Milliseconds that a shutdown waits for open conversations. */
const CLOSE_WITHIN = 1000;
/** So that a test can write to somebody who is not there. */
const MISSING = /missing/i;

/** A mail server (RFC 5321) without encryption; what it took is in the mailbox by the time that it says so. */
@Injectable()
export class MailServer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('MailServer');
  private readonly conversations = new Set<Socket>();
  private server: SMTPServer | undefined;

  constructor(
    private readonly config: SandboxConfig,
    private readonly mailbox: Mailbox,
    private readonly faults: FaultBoard,
  ) {}

  /** Rejects when the port is taken. */
  async onApplicationBootstrap(): Promise<void> {
    const { smtpPort, host } = this.config;
    if (smtpPort === undefined) return;
    const server = (this.server = this.create());
    const { server: listener } = server;
    // Before the server greets.
    listener.prependListener('connection', (socket: Socket) => this.connected(socket));
    const listening = once(listener, 'listening');
    server.listen(smtpPort, host);
    await listening;
    this.faults.changes.subscribe(() => this.faults.current('mail')?.mode === 'down' && this.cut());
    this.logger.log('listening', { host, port: smtpPort });
  }

  async onModuleDestroy(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  private create(): SMTPServer {
    const server = new SMTPServer({
      logger: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      authOptional: this.config.smtpUser === undefined,
      disableReverseLookup: true,
      size: LARGEST,
      closeTimeout: CLOSE_WITHIN,
      onAuth: ({ username, password }, _session, callback) => {
        const { smtpUser, smtpPassword } = this.config;
        const isKnown = username === smtpUser && password === smtpPassword;
        if (!isKnown || this.met('unauthorized'))
          callback(refusal(535, 'Authentication credentials invalid'));
        else callback(null, { user: username });
      },
      onMailFrom: (_address, _session, callback) => callback(this.refuseMessage()),
      onRcptTo: ({ address }, _session, callback) =>
        callback(MISSING.test(address) ? refusal(550, `<${address}>: no such user here`) : undefined),
      onData: (stream, session, callback) => {
        buffer(stream)
          .then(async (raw) => {
            if (stream.sizeExceeded) return callback(refusal(552, 'Message is too large'));
            this.mailbox.receive(await mailOf(raw, session));
            if (this.met('slow')) await pause(SLOW);
            callback();
          })
          .catch(callback);
      },
    });
    server.on('error', (error) => this.logger.debug('a conversation broke', error));
    return server;
  }

  private connected(socket: Socket): void {
    if (this.met('down')) socket.destroy();
    this.conversations.add(socket);
    socket.on('close', () => this.conversations.delete(socket));
  }

  private refuseMessage(): Error | undefined {
    const failing = this.met('error');
    if (failing) return refusal(failing.status, 'Failing on demand');
    return this.met('rate-limit') && refusal(450, 'Too many messages, try again later');
  }

  /** Meets the fault, where it is this one. */
  private met(mode: FaultMode): Fault | undefined {
    return this.faults.current('mail')?.mode === mode ? this.faults.meet('mail') : undefined;
  }

  private cut(): void {
    for (const socket of this.conversations) socket.destroy();
  }
}

const refusal = (responseCode: number, message: string): Error =>
  Object.assign(new Error(message), { responseCode });

async function mailOf(raw: Buffer, { envelope }: SMTPServerSession): Promise<Mail> {
  const { from, subject = '', text, html, messageId, inReplyTo, references } = await PostalMime.parse(raw);
  return {
    id: randomUUID(),
    at: new Date().toISOString(),
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address).join(', '),
    ...(from?.name && { fromName: from.name }),
    subject,
    text: text ?? '',
    ...(html !== undefined && { html }),
    ...(messageId !== undefined && { messageId }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(references !== undefined && { references }),
  };
}
