import type { StoredMessage } from '@countersign/workflow';
import { createInbox, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node';
import type { JetStreamConnection } from './connection';
import { storageUnavailable } from './unavailable';

interface Batch {
  readonly messages: StoredMessage[];
  /** Answered by one message, without an end-of-batch marker. */
  readonly single: boolean;
  readonly resolve: (batch: FinishedBatch) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

interface FinishedBatch {
  readonly messages: StoredMessage[];
  /** More messages of the subject follow. */
  readonly more: boolean;
}

const BATCH = 1000;
const TIMEOUT = 5000;
const SWEEP_INTERVAL = 500;
const MESSAGE = 0;
const END_OF_BATCH = 204;
const NOT_FOUND = 404;

/**
 * Batched direct gets with one inbox for all answers. (The client's own `getBatch` subscribes and
 * unsubscribes for each request.) May be answered by a replica that is behind.
 */
export class DirectReader {
  private readonly inbox = `${createInbox()}.`;
  private readonly subscription: Subscription;
  private readonly batches = new Map<number, Batch>();
  private readonly sweeper: NodeJS.Timeout;
  private readonly forgetDisconnect: () => void;
  private lastNumber = 0;

  constructor(private readonly connection: JetStreamConnection) {
    this.subscription = connection.nc.subscribe(`${this.inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.received(message);
      },
    });
    this.sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL);
    this.sweeper.unref();
    this.forgetDisconnect = connection.onDisconnect(() => this.rejectAll('the connection was lost'));
  }

  /**
   * All messages of one literal subject from `fromSeq` on.
   * @throws CodedError `StorageUnavailable`
   */
  async read(stream: string, subject: string, fromSeq: number): Promise<StoredMessage[]> {
    let { messages, more } = await this.batch(stream, subject, fromSeq);
    while (more) {
      const next = await this.batch(stream, subject, (messages.at(-1)?.seq ?? fromSeq) + 1);
      messages = messages.concat(next.messages);
      more = next.more && next.messages.length > 0;
    }
    return messages;
  }

  /**
   * Newest message of a literal subject.
   * @throws CodedError `StorageUnavailable`
   */
  async last(stream: string, subject: string): Promise<StoredMessage | undefined> {
    const { messages } = await this.request(`$JS.API.DIRECT.GET.${stream}.${subject}`, '', true);
    return messages[0];
  }

  close(): void {
    clearInterval(this.sweeper);
    this.forgetDisconnect();
    if (!this.connection.nc.isClosed()) this.subscription.unsubscribe();
    this.rejectAll('the reader was closed');
  }

  private batch(stream: string, subject: string, seq: number): Promise<FinishedBatch> {
    const query = JSON.stringify({ seq, next_by_subj: subject, batch: BATCH });
    return this.request(`$JS.API.DIRECT.GET.${stream}`, query, false);
  }

  private request(subject: string, body: string, single: boolean): Promise<FinishedBatch> {
    return new Promise((resolve, reject) => {
      const number = ++this.lastNumber;
      const deadline = performance.now() + TIMEOUT;
      this.batches.set(number, { messages: [], single, resolve, reject, deadline });
      this.connection.outbound.send({
        subject,
        body,
        reply: this.inbox + number,
        failed: (error) => this.reject(number, String(error)),
      });
    });
  }

  private received(message: Msg): void {
    const number = Number(message.subject.slice(this.inbox.length));
    const batch = this.batches.get(number);
    if (batch === undefined) return;
    const { headers } = message;
    if (headers === undefined) return this.reject(number, 'an answer without headers');
    switch (headers.code) {
      case MESSAGE:
        batch.messages.push(storedMessage(message, headers));
        if (batch.single) this.resolve(number, false);
        break;
      case END_OF_BATCH:
        this.resolve(number, Number(headers.get('Nats-Num-Pending')) > 0);
        break;
      case NOT_FOUND:
        this.resolve(number, false);
        break;
      default:
        this.reject(number, `${headers.code} ${headers.description}`);
    }
  }

  private resolve(number: number, more: boolean): void {
    const batch = this.batches.get(number);
    this.batches.delete(number);
    batch?.resolve({ messages: batch.messages, more });
  }

  private reject(number: number, reason: string): void {
    const batch = this.batches.get(number);
    this.batches.delete(number);
    batch?.reject(storageUnavailable(`Reading from JetStream failed: ${reason}`));
  }

  private rejectAll(reason: string): void {
    for (const number of [...this.batches.keys()]) this.reject(number, reason);
  }

  private sweep(): void {
    const now = performance.now();
    for (const [number, { deadline }] of this.batches) {
      if (deadline > now) break;
      this.reject(number, `no answer within ${TIMEOUT} ms`);
    }
  }
}

const storedMessage = (message: Msg, headers: MsgHdrs): StoredMessage => ({
  seq: Number(headers.last('Nats-Sequence')),
  subject: headers.last('Nats-Subject'),
  at: Date.parse(headers.last('Nats-Time-Stamp')),
  body: message.string(),
});
