/**
 * The messages of one subject filter, in the order of the stream, batch by batch.
 *
 * A consumer with more than one filter is no way to get several: for each message that it delivers,
 * the server looks through every subject of a block of the stream, a hundred times the work.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  jetstreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { JetStreamConnection } from './connection';

const BATCH = 500;
const EXPIRES = 10_000;
const HEARTBEAT = 2_000;
/** Milliseconds within which a stream tells its consumers of a message. */
const SIGNAL = 5;
/** The server forgets a consumer that nobody asks for this long. */
const INACTIVE = 60_000;
/** The server looks through every subject when it begins from nothing. */
const CREATE_TIMEOUT = 60_000;

export interface SubjectFilter {
  readonly stream: string;
  readonly filter: string;
  /** 0 gives the newest message of each subject, and each message from there on. */
  readonly after: number;
}

export class SubjectFeed {
  /** Number of the last message taken, as the consumer counts them. */
  private taken = 0;
  private messages: ConsumerMessages | undefined;
  private stopped = false;

  private constructor(
    private readonly connection: JetStreamConnection,
    private readonly stream: string,
    private readonly name: string,
    private toCome: number,
  ) {}

  static async open(
    connection: JetStreamConnection,
    { stream, filter, after }: SubjectFilter,
  ): Promise<SubjectFeed> {
    const patient = await jetstreamManager(connection.nc, { timeout: CREATE_TIMEOUT, checkAPI: false });
    const start: Partial<ConsumerConfig> =
      after === 0
        ? { deliver_policy: DeliverPolicy.LastPerSubject }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 };
    const { name, num_pending } = await patient.consumers.add(stream, {
      // With a name, the filter is part of the request's subject, where permissions can restrict it.
      name: `feed-${randomUUID()}`,
      filter_subject: filter,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(INACTIVE),
      ...start,
    });
    return new SubjectFeed(connection, stream, name, num_pending);
  }

  /** How many messages are still to come. */
  get behind(): number {
    return this.toCome;
  }

  /**
   * Goes on until it is stopped. One batch at a time is in memory; the next is asked for when this one
   * is taken. An empty one says that nothing came for a while.
   *
   * @throws what `take` throws; Error when messages were lost on their way
   */
  async run(take: (messages: readonly JsMsg[]) => void): Promise<void> {
    const consumer = await this.connection.js.consumers.get(this.stream, this.name);
    while (!this.stopped) {
      this.messages = await consumer.fetch({
        max_messages: BATCH,
        expires: EXPIRES,
        idle_heartbeat: HEARTBEAT,
      });
      if (this.stopped) this.messages.stop();
      const before = this.taken;
      await this.takeAll(this.messages, take);
      if (this.taken === before && !this.stopped) this.give([], { last: before, toCome: 0 }, take);
    }
  }

  stop(): void {
    this.stopped = true;
    this.messages?.stop();
  }

  /** The server would forget it by itself, later. */
  async forget(): Promise<void> {
    if (this.connection.connected)
      await this.connection.jsm.consumers.delete(this.stream, this.name).catch(() => undefined);
  }

  /** What there is now, as a question for later: has it been taken? False where it cannot be known. */
  async allStored(): Promise<() => boolean> {
    try {
      // A consumer hears of a message a moment after its publisher: what it says at once may lack the newest.
      await pause(SIGNAL);
      const info = await this.connection.jsm.consumers.info(this.stream, this.name);
      const target = info.delivered.consumer_seq + info.num_pending;
      return () => this.taken >= target;
    } catch {
      return () => false;
    }
  }

  private async takeAll(
    messages: ConsumerMessages,
    take: (messages: readonly JsMsg[]) => void,
  ): Promise<void> {
    let batch: JsMsg[] = [];
    let last = this.taken;
    let toCome = 0;
    for await (const message of messages) {
      const { deliverySequence, pending } = message.info;
      if (deliverySequence !== last + 1)
        throw new Error(`Messages of ${this.stream} were lost on their way; they are asked for again`);
      last = deliverySequence;
      toCome = pending;
      batch.push(message);
      // While more is on its way, a batch is worth waiting for.
      if (pending > 0) continue;
      this.give(batch, { last, toCome }, take);
      batch = [];
    }
    if (last > this.taken) this.give(batch, { last, toCome }, take);
  }

  private give(
    batch: readonly JsMsg[],
    { last, toCome }: { last: number; toCome: number },
    take: (messages: readonly JsMsg[]) => void,
  ): void {
    if (this.stopped) return;
    this.toCome = toCome;
    take(batch);
    this.taken = last;
  }
}
