import type { Msg, MsgHdrs } from '@nats-io/transport-node';

const utf8 = new TextEncoder();
const ACK = utf8.encode('+ACK');
const WORKING = utf8.encode('+WPI');
const NANOS_PER_MS = 1_000_000;

/** How a message reaches its consumer on the server again. */
export interface Settlement {
  /** `final`: the message is not in hand any more. */
  reply(message: PulledMessage, body: string | Uint8Array, final: boolean): void;
}

/** What a consumer knows of earlier deliveries, as sequences. */
export interface Seen {
  /** The newest message that was delivered to this process. */
  readonly highestSeen: number;
  /** The newest message that was stored when the consumer was opened. */
  readonly storedBefore: number;
}

/**
 * A delivery of a stored message. What it knows is in its acknowledgement subject:
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer's>.<nanoseconds>.<pending>`,
 * with `<domain>.<account>` before the stream where the server has a domain.
 */
export class PulledMessage {
  readonly seq: number;
  /** Stream time in whole milliseconds, rounded down. */
  readonly at: number;
  /** 1 on the first delivery. */
  readonly deliveries: number;
  /**
   * Whether it was delivered before: the count says so, or a sequence at least as high was seen. (A
   * server that is killed forgets counts and acknowledgements of its last seconds.)
   */
  readonly repeated: boolean;
  /** Whether it may have been: it is older than this consumer, and the server may have forgotten who had it. */
  readonly mayBeRepeated: boolean;
  /** Where acknowledgements go to. */
  readonly replySubject: string;
  /** When it was delivered or last renewed, by `performance.now()`. */
  touched = performance.now();
  private settled = false;

  constructor(
    private readonly message: Msg,
    private readonly settlement: Settlement,
    { highestSeen, storedBefore }: Seen,
  ) {
    this.replySubject = message.reply ?? '';
    const tokens = this.replySubject.split('.');
    const first = tokens.length === 9 ? 4 : 6;
    this.deliveries = Number(tokens[first]);
    this.seq = Number(tokens[first + 1]);
    this.repeated = this.deliveries > 1 || this.seq <= highestSeen;
    this.mayBeRepeated = this.repeated || this.seq <= storedBefore;
    // Nanoseconds have more digits than a number holds.
    this.at = Number(tokens[first + 3]?.slice(0, -6));
  }

  get subject(): string {
    return this.message.subject;
  }

  /** Decoded on first use, which costs more than the rest of a delivery. */
  get headers(): MsgHdrs | undefined {
    return this.message.headers;
  }

  text(): string {
    return this.message.string();
  }

  ack(): void {
    this.settle(ACK);
  }

  /** Asks for redelivery after `delay` milliseconds. */
  nak(delay = 0): void {
    this.settle(delay > 0 ? `-NAK {"delay":${Math.ceil(delay) * NANOS_PER_MS}}` : '-NAK');
  }

  /** Never to be delivered again. */
  term(reason: string): void {
    this.settle(`+TERM ${reason}`);
  }

  /** Starts the acknowledgement time anew. */
  working(): void {
    if (this.settled) return;
    this.touched = performance.now();
    this.settlement.reply(this, WORKING, false);
  }

  private settle(body: string | Uint8Array): void {
    if (this.settled) return;
    this.settled = true;
    this.settlement.reply(this, body, true);
  }
}
