import type { PublishOutcome } from '@countersign/workflow';
import type { Msg, Subscription } from '@nats-io/transport-node';
import type { JetStreamConnection } from './connection';
import { Fifo } from './fifo';
import { type ConditionalMessage, headersOf } from './message-headers';

export interface PublisherOptions {
  /** Most messages without an acknowledgement; further ones wait for a slot. */
  readonly window?: number;
  /** How long to wait for one acknowledgement, in milliseconds. */
  readonly timeout?: number;
}

interface Publishing {
  readonly message: ConditionalMessage;
  readonly settle: (outcome: PublishOutcome) => void;
  /** By `performance.now()`; set when it is queued, and again when it is sent. */
  deadline: number;
}

const LOST: PublishOutcome = { kind: 'unknown', reason: 'the connection was lost' };
const CLOSED: PublishOutcome = { kind: 'unknown', reason: 'the publisher was closed' };
const WINDOW = 2000;
const TIMEOUT = 5000;
const SWEEPS_PER_TIMEOUT = 20;

/** "wrong last sequence": the one error that says that nothing was stored and why. */
const WRONG_LAST_SEQUENCE = 10071;

/**
 * Publishes to JetStream with one reply inbox for all acknowledgements.
 *
 * 1. Every publish settles: acknowledged, refused, or `unknown` after the time-out or as soon as
 *    its connection is lost. `unknown` may have been stored; who repeats it must make that harmless.
 * 2. At most `window` messages are in flight. The rest wait in order, while there is no connection too.
 * 3. Deadlines are in sending order, so one timer that looks at the oldest serves all.
 */
export class PipelinedPublisher {
  private readonly window: number;
  private readonly timeout: number;
  private readonly inbox: string;
  private readonly subscription: Subscription;
  private readonly sweeper: NodeJS.Timeout;
  private readonly forgetListeners: readonly (() => void)[];

  private readonly inFlight = new Map<number, Publishing>();
  private readonly waiting = new Fifo<Publishing>();
  private lastNumber = 0;
  private idle: (() => void)[] = [];
  private closed = false;

  constructor(
    private readonly connection: JetStreamConnection,
    options: PublisherOptions = {},
  ) {
    this.window = options.window ?? WINDOW;
    this.timeout = options.timeout ?? TIMEOUT;
    this.inbox = `${connection.inbox()}.`;
    this.subscription = connection.nc.subscribe(`${this.inbox}*`, {
      callback: (error, reply) => {
        if (error === null) this.acknowledged(reply);
      },
    });
    this.sweeper = setInterval(() => this.sweep(), this.timeout / SWEEPS_PER_TIMEOUT);
    this.sweeper.unref();
    this.forgetListeners = [
      connection.onDisconnect(() => this.settleInFlight(LOST)),
      connection.onReconnect(() => this.sendWaiting()),
    ];
  }

  /** Never rejects: what went wrong is in the outcome. */
  publish(message: ConditionalMessage): Promise<PublishOutcome> {
    return new Promise((settle) => {
      if (this.closed) return settle(CLOSED);
      const publishing = { message, settle, deadline: performance.now() + this.timeout };
      if (this.mustWait()) this.waiting.push(publishing);
      else this.send(publishing);
    });
  }

  /** Resolves when nothing waits and nothing is in flight. */
  flushed(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** What is still in flight or waiting is settled as unknown. */
  close(): void {
    this.closed = true;
    clearInterval(this.sweeper);
    for (const forget of this.forgetListeners) forget();
    if (!this.connection.nc.isClosed()) this.subscription.unsubscribe();
    this.settleInFlight(CLOSED);
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) next.settle(CLOSED);
    this.reportIdle();
  }

  private mustWait(): boolean {
    return this.inFlight.size >= this.window || !this.connection.connected;
  }

  private send(publishing: Publishing): void {
    const number = ++this.lastNumber;
    const { subject, body } = publishing.message;
    publishing.deadline = performance.now() + this.timeout;
    this.inFlight.set(number, publishing);
    this.connection.outbound.send({
      subject,
      body,
      reply: this.inbox + number,
      headers: headersOf(publishing.message),
      failed: (error) => this.settle(number, { kind: 'unknown', reason: String(error) }),
    });
  }

  private acknowledged(reply: Msg): void {
    this.settle(Number(reply.subject.slice(this.inbox.length)), outcomeOf(reply));
  }

  private settle(number: number, outcome: PublishOutcome): void {
    const publishing = this.inFlight.get(number);
    if (publishing === undefined) return;
    this.inFlight.delete(number);
    publishing.settle(outcome);
    this.sendWaiting();
    this.reportIdle();
  }

  private sendWaiting(): void {
    while (this.waiting.size > 0 && !this.mustWait()) {
      const next = this.waiting.shift();
      if (next !== undefined) this.send(next);
    }
  }

  private settleInFlight(outcome: PublishOutcome): void {
    const lost = [...this.inFlight.values()];
    this.inFlight.clear();
    for (const publishing of lost) publishing.settle(outcome);
    this.reportIdle();
  }

  private sweep(): void {
    const now = performance.now();
    for (const [number, publishing] of this.inFlight) {
      if (publishing.deadline > now) break;
      this.settle(number, { kind: 'unknown', reason: `no acknowledgement within ${this.timeout} ms` });
    }
    if (this.connection.connected) return;
    while ((this.waiting.peek()?.deadline ?? Infinity) <= now) {
      this.waiting.shift()?.settle({ kind: 'unknown', reason: `no connection within ${this.timeout} ms` });
    }
    this.reportIdle();
  }

  private isIdle(): boolean {
    return this.inFlight.size === 0 && this.waiting.size === 0;
  }

  private reportIdle(): void {
    if (this.idle.length === 0 || !this.isIdle()) return;
    const idle = this.idle;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}

interface Acknowledgement {
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code: number; readonly description: string };
}

function outcomeOf(reply: Msg): PublishOutcome {
  // Without a body it is the server's "no responders": no stream listens to the subject.
  if (reply.data.length === 0) return { kind: 'unknown', reason: 'no stream takes the subject (503)' };
  const { seq, duplicate, error } = reply.json<Acknowledgement>();
  if (error === undefined) return { kind: duplicate === true ? 'duplicate' : 'stored', seq };
  if (error.err_code === WRONG_LAST_SEQUENCE) {
    const last = /: (\d+)$/.exec(error.description)?.[1];
    if (last !== undefined) return { kind: 'conflict', last: Number(last) };
  }
  return { kind: 'unknown', reason: `${error.description} (${error.err_code})` };
}
