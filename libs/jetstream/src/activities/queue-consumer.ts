import { nobodysProgress, streamName, workerConsumer } from '@countersign/contracts';
import { Fifo } from '../fifo';
import { ackWaitOf, PullConsumer, type PullOptions } from '../pull-consumer';
import type { PulledMessage } from '../pulled-message';
import { allServed } from '../served';
import type { ShardLogs } from '../shard-logs';

export interface QueueOptions {
  readonly queue: string;
  /** Most tasks of the queue that run at once in this process. */
  readonly concurrency: number;
  /** Settles the message; never rejects. */
  readonly run: (message: PulledMessage) => Promise<void>;
}

/** A shard's consumer for the queue. */
type Source = Pick<PullOptions, 'stream' | 'consumer' | 'storedBefore'> & { readonly ackWait: number };

/** Renewed this often within the acknowledgement time. */
const RENEWALS = 3;

/** Takes the tasks of one queue from every shard, keeps them alive and runs a bounded number at once. */
export class QueueConsumer {
  /** By subject: a task has one of its own. */
  private readonly inHand = new Map<string, PulledMessage>();
  private readonly waiting = new Fifo<PulledMessage>();
  private consumers: readonly PullConsumer[] = [];
  private keepAlive: NodeJS.Timeout | undefined;
  private running = 0;
  private idle: (() => void) | undefined;

  private constructor(
    private readonly logs: ShardLogs,
    private readonly options: QueueOptions,
    private readonly sources: readonly Source[],
  ) {}

  /**
   * Resolves when every shard has a consumer for the queue; takes nothing before `start`.
   * @throws CodedError `TopologyMissing` when one has none, for a minute; the reason why the process leaves
   */
  static async find(logs: ShardLogs, options: QueueOptions): Promise<QueueConsumer> {
    const consumer = workerConsumer(options.queue);
    const sourceOf = async (_: unknown, shard: number): Promise<Source> => {
      const stream = streamName(shard);
      const storedBefore = await logs.at(shard).lastSequence(nobodysProgress(shard));
      return {
        stream,
        consumer,
        storedBefore,
        ackWait: await ackWaitOf(logs.connection, { stream, consumer }),
      };
    };
    return new QueueConsumer(logs, options, await Promise.all(Array.from({ length: logs.shards }, sourceOf)));
  }

  start(): void {
    const { concurrency } = this.options;
    const prefetch = Math.ceil(concurrency / this.logs.shards);
    const onMessage = (message: PulledMessage) => this.received(message);
    this.consumers = this.sources.map(
      ({ ackWait, ...source }) =>
        new PullConsumer(this.logs.connection, { ...source, prefetch, onMessage }, ackWait),
    );
    const ackWait = Math.min(...this.sources.map((source) => source.ackWait));
    this.keepAlive = setInterval(() => this.renew(), ackWait / RENEWALS);
  }

  /** Whether tasks of every shard come; otherwise what stands in the way, as a phrase. */
  check(): true | string {
    return allServed(this.consumers);
  }

  /** Takes no more, gives back what has not started, and resolves when the rest is settled. */
  async stop(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      this.inHand.delete(next.subject);
      next.nak();
    }
    if (this.running > 0) await new Promise<void>((resolve) => (this.idle = resolve));
    clearInterval(this.keepAlive);
  }

  private received(message: PulledMessage): void {
    // Delivered again although it is in hand: a renewal came too late.
    if (this.inHand.has(message.subject)) return message.working();
    this.inHand.set(message.subject, message);
    if (this.running < this.options.concurrency) void this.run(message);
    else this.waiting.push(message);
  }

  private async run(message: PulledMessage): Promise<void> {
    this.running++;
    await this.options.run(message);
    this.inHand.delete(message.subject);
    this.running--;
    const next = this.waiting.shift();
    if (next !== undefined) void this.run(next);
    else if (this.running === 0) this.idle?.();
  }

  private renew(): void {
    for (const message of this.inHand.values()) message.working();
  }
}
