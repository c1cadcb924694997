import {
  COORDINATOR_CONSUMER,
  DEAD_LETTER_FILTER,
  DEAD_LETTER_STREAM,
  deadLetterSubject,
  inputFilter,
  queueFilter,
  queues,
  streamName,
  workerConsumer,
} from '@countersign/contracts';
import type { StoredMessage } from '@countersign/workflow';
import { Patience } from './patience';
import type { ShardLogs } from './shard-logs';
import { storageUnavailable } from './unavailable';

/** The inputs of the instances, which are no queue of tasks, are told of under this name. */
export const INPUTS = 'inputs';

/** What one queue has not settled in one shard. */
export interface QueueFigure {
  readonly queue: string;
  readonly shard: number;
  /** Messages that nobody has got yet. */
  readonly lag: number;
  /** Delivered, and not acknowledged. */
  readonly inHand: number;
  /** Of those, how many were delivered more than once. */
  readonly redelivered: number;
  /** When the oldest one was stored, in milliseconds of stream time; undefined where all is settled. */
  readonly oldestAt: number | undefined;
}

export interface Figures {
  readonly queues: readonly QueueFigure[];
  /** How many are kept, by queue. */
  readonly deadLetters: ReadonlyMap<string, number>;
  /** Whether this is how it was a moment ago: the server could be asked. */
  readonly current: boolean;
}

export interface QueueFiguresOptions {
  /** Default: every queue that a contract declares. */
  readonly queues?: readonly string[];
  /** How long an answer is good for, in milliseconds. Default: 5 s. */
  readonly maxAge?: number;
  /** How long a reader waits for a new one, in milliseconds, before it gets the last one. Default: 2 s. */
  readonly patience?: number;
}

interface Consumer {
  readonly queue: string;
  readonly shard: number;
  readonly name: string;
  readonly filter: string;
}

const NOTHING: Figures = { queues: [], deadLetters: new Map(), current: false };

/**
 * Looks, now and then and for whoever asks, at what queues have not settled. Workers cannot tell: there may be none.
 * The user needs the right to ask for any consumer, for the stream of dead letters, and to read any message.
 */
export class QueueFigures {
  private readonly consumers: readonly Consumer[];
  private readonly names: readonly string[];
  /** The oldest unsettled message of each consumer, as it was found last. */
  private readonly oldest = new Map<Consumer, StoredMessage>();
  private readonly maxAge: number;
  private readonly patience: number;
  private last = NOTHING;
  /** By `performance.now()`. */
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly logs: ShardLogs,
    options: QueueFiguresOptions = {},
  ) {
    this.names = options.queues ?? queues;
    this.maxAge = options.maxAge ?? 5_000;
    this.patience = options.patience ?? 2_000;
    this.consumers = Array.from({ length: logs.shards }, (_, shard) => consumersOf(shard, this.names)).flat();
  }

  /** What is known within the patience: the newest figures, or the last ones, which are not current then. */
  async read(): Promise<Figures> {
    if (performance.now() - this.readAt < this.maxAge) return this.last;
    this.reading ??= this.readAnew().finally(() => (this.reading = undefined));
    const done = this.reading.then(() => true);
    const patience = new Patience(this.patience, 'look at the queues');
    return (await patience.within(done, false)) ? this.last : { ...this.last, current: false };
  }

  /** Never rejects. */
  private async readAnew(): Promise<void> {
    try {
      if (!this.logs.connection.connected) throw storageUnavailable('There is no connection');
      const [figures, deadLetters] = await Promise.all([
        Promise.all(this.consumers.map((consumer) => this.figureOf(consumer))),
        this.deadLetters(),
      ]);
      this.last = { queues: figures, deadLetters, current: true };
      this.readAt = performance.now();
    } catch {
      this.last = { ...this.last, current: false };
    }
  }

  private async figureOf(consumer: Consumer): Promise<QueueFigure> {
    const { queue, shard, name } = consumer;
    const { jsm } = this.logs.connection;
    const info = await jsm.consumers.info(streamName(shard), name);
    const { num_pending: lag, num_ack_pending: inHand, num_redelivered: redelivered } = info;
    const oldestAt = lag + inHand > 0 ? await this.oldestOf(consumer, info.ack_floor.stream_seq) : undefined;
    return { queue, shard, lag, inHand, redelivered, oldestAt };
  }

  /**
   * Everything up to the floor is settled. A search from there costs the server a look at what lies between, so the one
   * that was found is remembered for as long as it is there and above the floor.
   */
  private async oldestOf(consumer: Consumer, floor: number): Promise<number | undefined> {
    const log = this.logs.at(consumer.shard);
    const known = this.oldest.get(consumer);
    if (known !== undefined && known.seq > floor && (await log.readAt([known.seq])).length > 0)
      return known.at;
    const from = Math.max(floor + 1, known?.seq ?? 0);
    const [found] = await log.readSome(consumer.filter, from, 1);
    if (found === undefined) this.oldest.delete(consumer);
    else this.oldest.set(consumer, found);
    return found?.at;
  }

  private async deadLetters(): Promise<ReadonlyMap<string, number>> {
    const { jsm } = this.logs.connection;
    const { state } = await jsm.streams.info(DEAD_LETTER_STREAM, { subjects_filter: DEAD_LETTER_FILTER });
    return new Map(this.names.map((queue) => [queue, state.subjects?.[deadLetterSubject(queue)] ?? 0]));
  }
}

const consumersOf = (shard: number, names: readonly string[]): Consumer[] => [
  { queue: INPUTS, shard, name: COORDINATOR_CONSUMER, filter: inputFilter(shard) },
  ...names.map((queue) => ({
    queue,
    shard,
    name: workerConsumer(queue),
    filter: queueFilter(shard, queue),
  })),
];
