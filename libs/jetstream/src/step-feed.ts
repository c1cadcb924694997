/**
 * The steps of every instance of a shard, followed in the order of the stream, for whoever keeps a
 * copy of their state. With them come the notices of purged instances.
 *
 * 1. Beginning from nothing, an instance comes with its newest step only; from there on with each.
 * 2. Within a shard sequences only grow. Nothing is left out: what was lost on its way is asked for again.
 * 3. One batch at a time is in memory; the next is asked for when the follower has taken it.
 */
import {
  instanceIdOf,
  purgedFilter,
  type PurgedNotice,
  stepFilter,
  streamName,
} from '@countersign/contracts';
import type { Step } from '@countersign/workflow';
import {
  AckPolicy,
  DeliverPolicy,
  jetstreamManager,
  type ConsumerMessages,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { setTimeout as pause } from 'node:timers/promises';
import type { JetStreamConnection } from './connection';

export interface FeedStream {
  /** When the stream was made (RFC 3339): another one means another stream. */
  readonly created: string;
  /** Of its newest message, of whatever kind. */
  readonly lastSeq: number;
}

export type FeedRecord =
  | { readonly kind: 'step'; readonly id: string; readonly seq: number; readonly step: Step }
  /** Everything of the instance up to the sequence `upTo` is purged. */
  | { readonly kind: 'purged'; readonly id: string; readonly seq: number; readonly upTo: number };

/** Without records it says that nothing came. */
export interface FeedBatch {
  readonly records: readonly FeedRecord[];
  /** How many messages of the shard are still to come. */
  readonly behind: number;
}

export interface Follower {
  /** Asked before each connection: the sequence after which to go on; 0 to begin from nothing. */
  position(stream: FeedStream): number;
  take(batch: FeedBatch): void;
  /** What went wrong. The feed goes on by itself. */
  interrupted(error: unknown): void;
}

const BATCH = 500;
const EXPIRES = 10_000;
const HEARTBEAT = 2_000;
/** The server forgets a consumer that nobody asks for this long. */
const INACTIVE = 60_000;
const RETRY_AFTER = 500;
/** The server looks through every subject when it begins from nothing. */
const CREATE_TIMEOUT = 60_000;

/** Follows one shard from its making until `stop`. */
export class StepFeed {
  private readonly stream: string;
  private stopped = false;
  private consumer: string | undefined;
  /** Number of the last message taken, as the consumer counts them. */
  private taken = 0;
  private messages: ConsumerMessages | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly shard: number,
    private readonly follower: Follower,
  ) {
    this.stream = streamName(shard);
    void this.run();
  }

  /** Nothing is taken after this. */
  stop(): void {
    this.stopped = true;
    this.messages?.stop();
    this.wake();
  }

  /** Resolves when everything that is stored now has been taken: false when that is not so in time. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    let consumer: string | undefined;
    let target = Infinity;
    for (;;) {
      if (consumer === undefined || consumer !== this.consumer) {
        consumer = this.consumer;
        target = await this.lastToTake(consumer);
      }
      if (consumer === this.consumer && this.taken >= target) return true;
      const left = deadline - performance.now();
      if (left <= 0 || this.stopped) return false;
      await this.nextBatch(left);
    }
  }

  /** Infinity where the consumer cannot be asked. */
  private async lastToTake(consumer: string | undefined): Promise<number> {
    if (consumer === undefined) return Infinity;
    try {
      const info = await this.connection.jsm.consumers.info(this.stream, consumer);
      return info.delivered.consumer_seq + info.num_pending;
    } catch {
      return Infinity;
    }
  }

  private nextBatch(atMost: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, atMost);
      this.waiting.add(done);
    });
  }

  private async run(): Promise<void> {
    const forget = this.connection.onReconnect(() => this.messages?.stop());
    while (!this.stopped) {
      try {
        await this.follow(this.connection.epoch);
      } catch (error) {
        if (!this.stopped) this.follower.interrupted(error);
      }
      if (!this.stopped) await pause(RETRY_AFTER);
    }
    forget();
  }

  private async follow(epoch: number): Promise<void> {
    const { name, pending } = await this.consume();
    this.consumer = name;
    try {
      this.give([], pending, 0);
      const consumer = await this.connection.js.consumers.get(this.stream, name);
      while (!this.stopped && this.connection.epoch === epoch) {
        this.messages = await consumer.fetch({
          max_messages: BATCH,
          expires: EXPIRES,
          idle_heartbeat: HEARTBEAT,
        });
        if (this.stopped) this.messages.stop();
        const before = this.taken;
        await this.takeAll(this.messages);
        // A word now and then while nothing happens: the follower knows that it missed nothing.
        if (this.taken === before && this.connection.epoch === epoch) this.give([], 0, before);
      }
    } finally {
      this.consumer = undefined;
      if (this.connection.connected) void this.forget(name);
    }
  }

  /** The server would forget it by itself, later. */
  private async forget(consumer: string): Promise<void> {
    await this.connection.jsm.consumers.delete(this.stream, consumer).catch(() => undefined);
  }

  private async consume(): Promise<{ name: string; pending: number }> {
    const { jsm, nc } = this.connection;
    const { created, state } = await jsm.streams.info(this.stream);
    const after = this.follower.position({ created, lastSeq: state.last_seq });
    const patient = await jetstreamManager(nc, { timeout: CREATE_TIMEOUT, checkAPI: false });
    const info = await patient.consumers.add(this.stream, {
      filter_subjects: [stepFilter(this.shard), purgedFilter(this.shard)],
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(INACTIVE),
      ...(after === 0
        ? { deliver_policy: DeliverPolicy.LastPerSubject }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }),
    });
    return { name: info.name, pending: info.num_pending };
  }

  private async takeAll(messages: ConsumerMessages): Promise<void> {
    let records: FeedRecord[] = [];
    let last = this.taken;
    let behind = 0;
    for await (const message of messages) {
      const { deliverySequence, pending } = message.info;
      if (deliverySequence !== last + 1)
        throw new Error(`Messages of ${this.stream} were lost on their way; they are asked for again`);
      last = deliverySequence;
      behind = pending;
      const record = this.recordOf(message);
      if (record !== undefined) records.push(record);
      // While more is on its way, a batch is worth waiting for.
      if (pending > 0) continue;
      this.give(records, pending, last);
      records = [];
    }
    if (last > this.taken) this.give(records, behind, last);
  }

  private give(records: readonly FeedRecord[], behind: number, last: number): void {
    if (this.stopped) return;
    this.follower.take({ records, behind });
    this.taken = last;
    this.wake();
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  /** What cannot be read must not hold up the rest. */
  private recordOf(message: JsMsg): FeedRecord | undefined {
    try {
      return recordOf(message);
    } catch (cause) {
      const what = `${message.subject} (sequence ${message.seq} of ${this.stream})`;
      this.follower.interrupted(new Error(`${what} cannot be read and is left out`, { cause }));
      return undefined;
    }
  }
}

function recordOf(message: JsMsg): FeedRecord {
  const { subject, seq } = message;
  const id = instanceIdOf(subject);
  if (subject.endsWith('.step')) return { kind: 'step', id, seq, step: message.json<Step>() };
  return { kind: 'purged', id, seq, upTo: message.json<PurgedNotice>().step };
}
