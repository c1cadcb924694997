import { nanos, type Msg, type Subscription } from '@nats-io/transport-node';
import { consumerNext } from './api-subjects';
import type { JetStreamConnection } from './connection';
import { PulledMessage, type Seen, type Settlement } from './pulled-message';
import { untilThere } from './until-there';

export interface PullOptions {
  readonly stream: string;
  readonly consumer: string;
  /** Most messages in hand: delivered, but neither settled nor given up. */
  readonly prefetch: number;
  /** Priority group of a pinned consumer. */
  readonly group?: string;
  /** The newest message that was stored before: others may have had it. */
  readonly storedBefore?: number;
  onMessage(message: PulledMessage): void;
}

const EXPIRES = 30_000;
const HEARTBEAT = 2_000;
const TICK = 500;
/** The server gives a place in a priority group to somebody else when its holder has not asked for messages for 3 s. */
const PIN_RENEWAL = 1_000;
/** Pause before asking again a server that refused (a leader election, a consumer that is gone). */
const RETRY_AFTER = 250;

/**
 * The acknowledgement time of a consumer in milliseconds, once it is there.
 * @throws CodedError `TopologyMissing` when the stream has no such consumer, for a minute; the reason why the process leaves
 */
export async function ackWaitOf(
  { jsm, leaving }: JetStreamConnection,
  { stream, consumer }: Pick<PullOptions, 'stream' | 'consumer'>,
): Promise<number> {
  const look = () => jsm.consumers.info(stream, consumer);
  const { config } = await untilThere(`The consumer ${consumer} of the stream ${stream}`, look, { leaving });
  return (config.ack_wait ?? 0) / nanos(1);
}

const STATUS = { heartbeat: 100, nothingThere: 404, timeOut: 408, pinLost: 423 } as const;
/** What the server says of itself or of a request: no word of the consumer's state. */
const ORDINARY: ReadonlySet<number> = new Set(Object.values(STATUS));

/**
 * Pulls from a durable consumer, so that never more than `prefetch` messages are in hand. (The
 * client's own `consume` bounds what it has requested, not what has been delivered: a backlog
 * would be pulled into memory and its acknowledgement time would run out.)
 *
 * 1. In hand + requested <= prefetch, but for requests that were lost on their way, and those that keep a place.
 * 2. While there is room, a request stands at the server.
 * 3. A message that was neither settled nor renewed for `ackWait` is not in hand any more: the
 *    server delivers it again.
 */
export class PullConsumer implements Settlement, Seen {
  readonly storedBefore: number;
  private inbox = '';
  private subscription: Subscription | undefined;
  private readonly hand = new Map<number, PulledMessage>();
  /** How many messages are still to come, by number of the request. */
  private readonly requests = new Map<number, number>();
  private requested = 0;
  private lastRequest = 0;
  highestSeen = 0;
  private pinId = '';
  /** When it asked last, by `performance.now()`; the same for what was heard. */
  private asked = 0;
  private heard = performance.now();
  private state: true | string = 'JetStream has not answered yet';
  private notBefore = 0;
  private stopped = false;
  /** While it is not among those who ask for messages; resolves when it has left them. */
  private left: Promise<void> | undefined = Promise.resolve();
  private readonly ticker: NodeJS.Timeout;
  private readonly forgetReconnect: () => void;

  /** @param ackWait the consumer's acknowledgement time in milliseconds: `ackWaitOf` */
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly options: PullOptions,
    readonly ackWait: number,
  ) {
    this.storedBefore = options.storedBefore ?? 0;
    this.ticker = setInterval(() => this.tick(), TICK);
    this.forgetReconnect = connection.onReconnect(() => this.startAnew());
    this.standBy();
  }

  /** Begins once the consumer is there; throws what `ackWaitOf` throws. */
  static async open(connection: JetStreamConnection, options: PullOptions): Promise<PullConsumer> {
    return new PullConsumer(connection, options, await ackWaitOf(connection, options));
  }

  get inHand(): number {
    return this.hand.size;
  }

  get isPinned(): boolean {
    return this.pinId !== '';
  }

  /** Whether the server serves this consumer; otherwise what stands in the way, as a phrase. */
  check(): true | string {
    return this.stopped ? 'stopped' : this.state;
  }

  /** Leaves for good. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.ticker);
    this.forgetReconnect();
    await this.leave();
  }

  /**
   * No message is handed out after this; what arrives still is given back. In a priority group
   * the place is given up, so that another client gets it at once.
   */
  leave(): Promise<void> {
    return (this.left ??= this.leaveQueue());
  }

  /** Asks for messages again, after all who ask now. */
  standBy(): void {
    if (this.stopped || this.left === undefined) return;
    this.left = undefined;
    this.heard = performance.now();
    this.inbox = `${this.connection.inbox()}.`;
    this.subscription = this.connection.nc.subscribe(`${this.inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.received(message);
      },
    });
    // A request that stands says nothing for a while.
    this.requestAtOnce();
    this.pull();
  }

  private async leaveQueue(): Promise<void> {
    const { connection, options, subscription } = this;
    // The server forgets the requests whose answers nobody listens to, and those of a connection that is cut off.
    if (connection.connected) await subscription?.drain().catch(() => undefined);
    else subscription?.unsubscribe();
    this.requests.clear();
    this.requested = 0;
    const wasPinned = this.isPinned;
    this.pinId = '';
    if (options.group === undefined || !wasPinned || !connection.connected) return;
    // Where this fails (somebody else is pinned by now, the server goes away), the pin times out.
    await connection.jsm.consumers
      .unpin(options.stream, options.consumer, options.group)
      .catch(() => undefined);
  }

  reply(message: PulledMessage, body: string | Uint8Array, final: boolean): void {
    this.connection.outbound.send({ subject: message.replySubject, body });
    if (final && this.hand.delete(message.seq)) this.pull();
  }

  private received(message: Msg): void {
    this.heard = performance.now();
    if (message.subject.startsWith(this.inbox)) this.status(message);
    else this.delivered(new PulledMessage(message, this, this));
  }

  private delivered(message: PulledMessage): void {
    this.state = true;
    const request = this.countDelivery();
    this.highestSeen = Math.max(this.highestSeen, message.seq);
    if (this.left !== undefined) return message.nak();
    if (this.options.group !== undefined && this.pinId === '') this.pinned(message, request);
    this.hand.set(message.seq, message);
    try {
      this.options.onMessage(message);
    } catch (error) {
      // Thrown into the client's parser it would end the connection without a word.
      setImmediate(() => {
        throw error;
      });
    }
    this.pull();
  }

  /** The server leaves the other requests that do not name the pin waiting until they expire. */
  private pinned(message: PulledMessage, by: number | undefined): void {
    this.pinId = message.headers?.get('Nats-Pin-Id') ?? '';
    for (const [number, left] of this.requests) {
      if (number === by) continue;
      this.requests.delete(number);
      this.requested -= left;
    }
  }

  /** The server serves requests in the order in which they came. Returns the number of the one that was served. */
  private countDelivery(): number | undefined {
    const oldest = this.requests.entries().next();
    if (oldest.done) return undefined;
    const [number, left] = oldest.value;
    if (left === 1) this.requests.delete(number);
    else this.requests.set(number, left - 1);
    this.requested--;
    return number;
  }

  private status(message: Msg): void {
    const { code = 0, description = '' } = message.headers ?? {};
    const isOrdinary = ORDINARY.has(code);
    this.state = isOrdinary || `JetStream answers ${code} ${description}`.trimEnd();
    if (code === STATUS.heartbeat) return;
    const number = Number(message.subject.slice(this.inbox.length));
    this.requested -= this.requests.get(number) ?? 0;
    this.requests.delete(number);
    if (code === STATUS.pinLost) this.pinId = '';
    else if (!isOrdinary) this.notBefore = performance.now() + RETRY_AFTER;
    this.pull();
  }

  private pull(): void {
    if (this.left !== undefined || performance.now() < this.notBefore) return;
    const { prefetch } = this.options;
    const room = prefetch - this.hand.size - this.requested;
    if (room <= 0 || (this.requested > 0 && room * 4 < prefetch)) return;
    this.request({ batch: room, expires: nanos(EXPIRES), idle_heartbeat: nanos(HEARTBEAT) });
  }

  /** Answered at once, whatever there is. */
  private requestAtOnce(): void {
    this.request({ batch: 1, no_wait: true });
  }

  private request(wanted: { readonly batch: number } & Readonly<Record<string, unknown>>): void {
    const { stream, consumer, group } = this.options;
    const number = ++this.lastRequest;
    this.requests.set(number, wanted.batch);
    this.requested += wanted.batch;
    this.asked = performance.now();
    this.connection.outbound.send({
      subject: consumerNext(stream, consumer),
      body: JSON.stringify({ ...wanted, group, id: this.pinId === '' ? undefined : this.pinId }),
      reply: this.inbox + number,
    });
  }

  private tick(): void {
    const now = performance.now();
    for (const [seq, { touched }] of this.hand) if (now - touched > this.ackWait) this.hand.delete(seq);
    if (this.left !== undefined) return;
    if (this.pinId !== '' && now - this.asked > PIN_RENEWAL) this.requestAtOnce();
    if (!this.connection.connected || now - this.heard <= HEARTBEAT * 3) return this.pull();
    if (this.requested > 0) this.state = 'JetStream does not answer requests for messages';
    this.startAnew();
  }

  /** Requests that stood at the server are lost. */
  private startAnew(): void {
    this.heard = performance.now();
    this.requests.clear();
    this.requested = 0;
    this.pull();
  }
}
