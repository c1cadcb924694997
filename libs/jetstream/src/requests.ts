import type { Msg, Subscription } from '@nats-io/transport-node';
import type { JetStreamConnection } from './connection';
import { storageUnavailable } from './unavailable';

/** Takes the messages of one answer, one by one; gives the value with the last one. May throw. */
export type Collector<T> = (message: Msg) => T | undefined;

interface Request {
  readonly subject: string;
  readonly body: string;
  /** By `performance.now()`, as the next. */
  readonly deadline: number;
  /** In a cluster: who was asked may be gone without the connection being lost. */
  askAgainAt: number;
  /** Forgets what came of an earlier answer. */
  begin(): void;
  take(message: Msg): boolean;
  reject(error: unknown): void;
}

const TIMEOUT = 5000;
const SWEEP_INTERVAL = 250;
/** How long there may be no sign of an answer, in a cluster, in milliseconds. */
const ASK_AGAIN_AFTER = 1500;
const NO_RESPONDERS = 503;

/**
 * Requests that only read, with one inbox for all answers and one timer for all deadlines. When
 * the connection is lost they are sent again on the next one, while there is time; so they are when
 * nobody in a cluster answers, who may just be choosing a leader.
 */
export class Requests {
  private readonly inbox: string;
  private readonly subscription: Subscription;
  private readonly pending = new Map<number, Request>();
  private readonly sweeper: NodeJS.Timeout;
  private readonly forgetReconnect: () => void;
  private lastNumber = 0;

  constructor(private readonly connection: JetStreamConnection) {
    this.inbox = `${connection.inbox()}.`;
    this.subscription = connection.nc.subscribe(`${this.inbox}*`, {
      callback: (error, message) => {
        if (error === null) this.received(message);
      },
    });
    this.sweeper = setInterval(() => this.sweep(), SWEEP_INTERVAL);
    this.sweeper.unref();
    this.forgetReconnect = connection.onReconnect(() => {
      for (const [number, request] of [...this.pending]) this.sendAgain(number, request);
    });
  }

  /**
   * @param collect makes a collector for one answer; called again when the request is sent again.
   * @throws CodedError `StorageUnavailable` when there is no answer within five seconds; what the collector throws.
   */
  request<T>(subject: string, body: string, collect: () => Collector<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let collector = collect();
      this.send({
        subject,
        body,
        deadline: performance.now() + TIMEOUT,
        askAgainAt: Infinity,
        begin: () => (collector = collect()),
        take: (message) => {
          const value = collector(message);
          if (value !== undefined) resolve(value);
          return value !== undefined;
        },
        reject,
      });
    });
  }

  close(): void {
    clearInterval(this.sweeper);
    this.forgetReconnect();
    if (!this.connection.nc.isClosed()) this.subscription.unsubscribe();
    for (const number of [...this.pending.keys()])
      this.fail(number, storageUnavailable('The client was closed'));
  }

  private send(request: Request): void {
    const number = ++this.lastNumber;
    this.pending.set(number, request);
    request.askAgainAt = performance.now() + ASK_AGAIN_AFTER;
    if (!this.connection.connected) return;
    this.connection.outbound.send({
      subject: request.subject,
      body: request.body,
      reply: this.inbox + number,
      failed: (error) => this.fail(number, storageUnavailable(`${request.subject} could not be sent`, error)),
    });
  }

  /** Under a new number, so that the rest of an earlier answer is not mistaken for this one's. */
  private sendAgain(number: number, request: Request): void {
    this.pending.delete(number);
    request.begin();
    this.send(request);
  }

  private received(message: Msg): void {
    const number = Number(message.subject.slice(this.inbox.length));
    const request = this.pending.get(number);
    if (request === undefined) return;
    if (message.data.length === 0 && message.headers?.code === NO_RESPONDERS) {
      if (this.isCluster) request.askAgainAt = 0;
      else this.fail(number, storageUnavailable(`Nobody answers ${request.subject}`));
      return;
    }
    try {
      if (request.take(message)) this.pending.delete(number);
      else request.askAgainAt = performance.now() + ASK_AGAIN_AFTER;
    } catch (error) {
      this.fail(number, error);
    }
  }

  private fail(number: number, error: unknown): void {
    const request = this.pending.get(number);
    this.pending.delete(number);
    request?.reject(error);
  }

  private sweep(): void {
    const now = performance.now();
    const mayAskAgain = this.isCluster && this.connection.connected;
    for (const [number, request] of [...this.pending]) {
      const { deadline, askAgainAt, subject } = request;
      if (deadline <= now)
        this.fail(number, storageUnavailable(`${subject} was not answered within ${TIMEOUT} ms`));
      else if (mayAskAgain && askAgainAt <= now) this.sendAgain(number, request);
    }
  }

  private get isCluster(): boolean {
    return this.connection.nc.info?.cluster !== undefined;
  }
}
