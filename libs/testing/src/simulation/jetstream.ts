import { COORDINATOR_CONSUMER, inputFilter, queueFilter, workerConsumer } from '@countersign/contracts';
import { ModelClient } from './client';
import { type ConsumerOptions, ModelConsumer } from './consumer';
import { type Faults, NO_FAULTS } from './faults';
import type { Scheduler } from './scheduler';
import { type HeldMessage, ModelStream, shardOfSubject } from './stream';

export interface ModelOptions {
  readonly shards?: number;
  readonly faults?: Faults;
  /** Whether one coordinator at a time gets a shard's inputs (default), or each goes to any of them. */
  readonly pinned?: boolean;
  /** Redelivery time of inputs, in milliseconds. Default: 5 s. */
  readonly ackWait?: number;
  /** Redelivery time of tasks, in milliseconds. Default: 30 s. */
  readonly taskAckWait?: number;
}

/** The broker of one deployment: its streams, its consumers, its clients and what goes wrong. */
export class ModelJetStream {
  /** May be replaced at any time: `NO_FAULTS` lets a run come to rest. */
  faults: Faults;
  readonly streams: readonly ModelStream[];
  /** Counts restarts: what was under way at one may be lost. */
  generation = 0;
  private readonly consumers = new Map<string, ModelConsumer>();
  private readonly schedules = new Map<number, Set<HeldMessage>>();
  private upAt = 0;
  private skew = 0;

  constructor(
    readonly scheduler: Scheduler,
    private readonly options: ModelOptions = {},
  ) {
    this.faults = options.faults ?? NO_FAULTS;
    this.streams = Array.from({ length: options.shards ?? 1 }, (_, shard) => this.createStream(shard));
  }

  /** Stream time in whole milliseconds since the epoch. */
  time(): number {
    return this.scheduler.clock.wall() + Math.floor(this.skew);
  }

  /** Milliseconds until the broker is up again; 0 when it is. */
  get downFor(): number {
    const left = this.upAt - this.scheduler.clock.now();
    return left > 0 ? left : 0;
  }

  /** A process with a connection of its own. Names are in the trace and in `HeldMessage.by`. */
  client(name: string): ModelClient {
    return new ModelClient(name, this);
  }

  /** @throws RangeError when there is no such shard. */
  stream(shard: number): ModelStream {
    const stream = this.streams[shard];
    if (stream === undefined) throw new RangeError(`There is no shard ${shard}`);
    return stream;
  }

  streamOf(subject: string): ModelStream {
    return this.stream(shardOfSubject(subject));
  }

  inputs(shard: number): ModelConsumer {
    const { ackWait = 5_000, pinned = true } = this.options;
    return this.consumer(shard, COORDINATOR_CONSUMER, { filter: inputFilter(shard), ackWait, pinned });
  }

  tasks(shard: number, queue: string): ModelConsumer {
    const { taskAckWait = 30_000 } = this.options;
    const filter = queueFilter(shard, queue);
    return this.consumer(shard, workerConsumer(queue), { filter, ackWait: taskAckWait, pinned: false });
  }

  /**
   * kill -9 of the broker and its start, `downMs` later. Stored messages stay; acknowledgements
   * may be forgotten, and what is under way may be lost. Schedules that became due meanwhile fire
   * in sequence order when it is up.
   */
  restart(downMs = 0): void {
    const { clock, random } = this.scheduler;
    this.generation++;
    this.upAt = clock.now() + downMs;
    this.skew += random.between(-this.faults.skewMs, this.faults.skewMs);
    for (const stream of this.streams) stream.restarted();
    for (const consumer of this.consumers.values()) consumer.restarted(this.faults.forgottenAck);
    this.scheduler.add('broker is up', () => this.fireOverdue(), downMs);
  }

  private createStream(shard: number): ModelStream {
    this.schedules.set(shard, new Set());
    const stream: ModelStream = new ModelStream(shard, {
      time: () => this.time(),
      now: () => this.scheduler.clock.now(),
      stored: (message) => this.stored(stream, message),
      expires: ({ seq }, ms) => this.scheduler.clock.after(ms, () => stream.remove(seq), true),
    });
    return stream;
  }

  private stored(stream: ModelStream, message: HeldMessage): void {
    if (message.schedule !== undefined) this.await(stream, message, message.schedule.at);
    for (const consumer of this.consumers.values()) {
      if (consumer.stream === stream) consumer.offer(message);
    }
  }

  private await(stream: ModelStream, schedule: HeldMessage, at: number): void {
    const { scheduler } = this;
    this.schedules.get(stream.shard)?.add(schedule);
    const fire = () => {
      if (this.downFor === 0) this.fire(stream, schedule);
      return false;
    };
    scheduler.add(`due ${schedule.subject}`, fire, at - this.time());
  }

  /** A schedule fires by stream time, which may have stepped back since it was stored. */
  private fire(stream: ModelStream, schedule: HeldMessage): void {
    const { at } = schedule.schedule ?? { at: 0 };
    if (at > this.time()) return this.await(stream, schedule, at);
    this.schedules.get(stream.shard)?.delete(schedule);
    stream.fire(schedule, this.scheduler.clock.now());
  }

  private fireOverdue(): boolean {
    if (this.downFor > 0) return false;
    for (const stream of this.streams) {
      for (const schedule of [...(this.schedules.get(stream.shard) ?? [])]) {
        if ((schedule.schedule?.at ?? 0) <= this.time()) this.fire(stream, schedule);
      }
    }
    return false;
  }

  private consumer(shard: number, name: string, options: Omit<ConsumerOptions, 'name'>): ModelConsumer {
    const key = `${shard}/${name}`;
    let consumer = this.consumers.get(key);
    if (consumer === undefined) {
      consumer = new ModelConsumer(this, this.stream(shard), { name: key, ...options });
      this.consumers.set(key, consumer);
    }
    return consumer;
  }
}
