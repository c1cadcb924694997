import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { activities, type ActivityContract } from '@countersign/contracts';
import { CodedError } from '@countersign/workflow';
import type { OnModuleDestroy } from '@nestjs/common';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { JetStreamConnection } from '../connection';
import { ActivityMetrics } from '../metrics';
import { allServed } from '../served';
import type { ShardLogs } from '../shard-logs';
import type { ActivityContext } from './activity-context';
import type { ActivityExtras } from './activity.decorator';
import { Stopping } from './attempt';
import { QueueConsumer } from './queue-consumer';
import { TaskRunner, type ActivityHandler } from './task-runner';

export interface ActivityServerOptions {
  /** Most handlers of one queue that run at once in this process. Default: 256. */
  readonly concurrency?: number;
  /** How long a shutdown waits for running handlers, in milliseconds. Default: 15 s. */
  readonly drainTimeout?: number;
  /** Every declared activity; default: those of `@countersign/contracts`. */
  readonly contracts?: readonly ActivityContract<object, unknown>[];
}

const CONCURRENCY = 256;
const DRAIN_TIMEOUT = 15_000;
/** How long a shutdown waits for handlers that were told to stop. */
const LAST_CHANCE = 3_000;
/** How long a shutdown waits for what was published last. */
const FLUSH = 2_000;

/**
 * The transport that serves a service's activities: `app.connectMicroservice({ strategy })`. Takes
 * the tasks of each queue that one of its handlers belongs to, on every shard.
 */
export class ActivityServer extends Server implements CustomTransportStrategy, OnModuleDestroy {
  private readonly handlers = new Map<string, ActivityHandler>();
  private readonly stopping = new AbortController();
  private readonly contracts: readonly ActivityContract<object, unknown>[];
  private queues: readonly QueueConsumer[] = [];
  private closed: Promise<void> | undefined;

  constructor(
    private readonly logs: ShardLogs,
    private readonly options: ActivityServerOptions = {},
  ) {
    super();
    this.contracts = options.contracts ?? activities;
    // Every running handler listens.
    setMaxListeners(0, this.stopping.signal);
  }

  /** @throws CodedError `DuplicateHandler`, `UndeclaredActivity` */
  override addHandler(
    name: string,
    handler: MessageHandler,
    _isEvent?: boolean,
    extras?: Partial<ActivityExtras>,
  ): void {
    const contract = extras?.contract;
    if (contract === undefined || !this.contracts.includes(contract)) {
      throw new CodedError(
        'UndeclaredActivity',
        `${name} is handled here, but is not declared in libs/contracts`,
      );
    }
    if (this.handlers.has(name)) {
      throw new CodedError('DuplicateHandler', `The activity ${name} has two handlers in this service`);
    }
    const handle = (input: object, context: ActivityContext) => resultOf(handler(input, context));
    this.handlers.set(name, { contract, handle, metrics: new ActivityMetrics(contract) });
  }

  /** Calls back with a CodedError `UncoveredActivity` when a queue is served in part only. */
  listen(callback: (error?: unknown) => void): void {
    this.open().then(() => callback(), callback);
  }

  /** Whether tasks come; otherwise what stands in the way, as a phrase. */
  check(): true | string {
    if (this.queues.length === 0) return 'not consuming yet';
    return allServed(this.queues);
  }

  /** Begins at once, and not when Nest has waited for everything that it closes before. */
  onModuleDestroy(): void {
    void this.close();
  }

  /** Takes no more tasks; running handlers may finish within `drainTimeout`, then are told to stop. */
  close(): Promise<void> {
    this.closed ??= this.drain();
    return this.closed;
  }

  private async drain(): Promise<void> {
    const stopped = Promise.all(this.queues.map((queue) => queue.stop()));
    await within(this.options.drainTimeout ?? DRAIN_TIMEOUT, stopped);
    this.stopping.abort(new Stopping());
    await within(LAST_CHANCE, stopped);
    await within(FLUSH, this.logs.publisher.flushed());
  }

  on(): never {
    throw new Error('ActivityServer has no events of its own');
  }

  /** The connection, for those who know that they get one. */
  unwrap<T = JetStreamConnection>(): T {
    return this.logs.connection as T;
  }

  /** All queues or none: while it waits for one of them, nothing is in hand. */
  private async open(): Promise<void> {
    const queues = new Set([...this.handlers.values()].map(({ contract }) => contract.queue));
    this.refusePartlyServed(queues);
    const runner = new TaskRunner(this.logs, this.handlers, this.stopping.signal);
    this.queues = await Promise.all(
      [...queues].map((queue) =>
        QueueConsumer.find(this.logs, {
          queue,
          concurrency: this.options.concurrency ?? CONCURRENCY,
          run: (message) => runner.run(queue, message),
        }),
      ),
    );
    for (const queue of this.queues) queue.start();
  }

  private refusePartlyServed(queues: ReadonlySet<string>): void {
    const uncovered = this.contracts.filter(
      ({ name, queue }) => queues.has(queue) && !this.handlers.has(name),
    );
    if (uncovered.length === 0) return;
    const names = uncovered.map(({ name, queue }) => `${name} (queue ${queue})`).join(', ');
    throw new CodedError(
      'UncoveredActivity',
      `This service takes the tasks of a queue, but has no handler for ${names}. ` +
        'Handle every activity of a queue, or declare it on another queue.',
    );
  }
}

/** Nest hands back an observable where a filter or an interceptor made one. */
async function resultOf(outcome: unknown): Promise<unknown> {
  const result = await outcome;
  return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const timeUp = pause(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([work, timeUp]).finally(() => timer.abort());
}
