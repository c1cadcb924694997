import { JetStreamConnection, StepFeed, type FeedBatch } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { StatusApiConfig } from '../config';
import { isCorrupt, ProjectionStore } from './store';

/** Milliseconds between two words about how far it is behind. */
const REPORT_INTERVAL = 5_000;

/**
 * Follows the steps of every shard into the {@link ProjectionStore}. What it shows is some
 * milliseconds old; while it catches up it is older, and says so.
 */
@Injectable()
export class Projection implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly store: ProjectionStore;
  private readonly logger = new Logger('Projection');
  private feeds: readonly StepFeed[] = [];
  /** By shard: messages still to come. Unknown before its stream was reached. */
  private readonly behindOf = new Map<number, number>();
  private startedAt = performance.now();
  private reportedAt = 0;
  private taken = 0;
  private catchingUp = true;

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly config: StatusApiConfig,
    readiness: Readiness,
  ) {
    const { projectionFile: file, shards } = config;
    this.store = new ProjectionStore({ file, shards });
    if (file !== undefined && this.store.thrownAway !== undefined)
      this.logger.log('the file of the projection is built anew', { file, why: this.store.thrownAway });
    readiness.register(
      'lists',
      () => this.behind === 0 || `behind by ${this.behind ?? 'an unknown number of'} steps`,
    );
  }

  onApplicationBootstrap(): void {
    this.follow();
  }

  beforeApplicationShutdown(): void {
    for (const feed of this.feeds) feed.stop();
  }

  onApplicationShutdown(): void {
    this.store.close();
  }

  /** How many steps and notices are not taken in yet; undefined until every stream was reached. */
  get behind(): number | undefined {
    if (this.behindOf.size < this.config.shards) return undefined;
    return [...this.behindOf.values()].reduce((sum, behind) => sum + behind, 0);
  }

  /** Resolves when all that is stored now is in the lists; false when that takes longer. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    const all = await Promise.all(this.feeds.map((feed) => feed.caughtUp(timeoutMs)));
    return all.every(Boolean);
  }

  private follow(): void {
    this.startedAt = performance.now();
    this.taken = 0;
    this.catchingUp = true;
    this.behindOf.clear();
    this.feeds = Array.from({ length: this.config.shards }, (_, shard) => {
      return new StepFeed(this.connection, shard, {
        position: (stream) => this.store.position(shard, stream),
        take: (batch) => this.take(shard, batch),
        interrupted: (error) => this.interrupted(shard, error),
      });
    });
  }

  private take(shard: number, { records, behind }: FeedBatch): void {
    this.store.take(shard, records, behind === 0);
    this.behindOf.set(shard, behind);
    this.taken += records.length;
    if (this.catchingUp) this.report();
  }

  private report(): void {
    const now = performance.now();
    const { behind } = this;
    const fields = { behind, taken: this.taken, seconds: Math.round(now - this.startedAt) / 1000 };
    if (behind === 0) {
      this.catchingUp = false;
      this.logger.log('lists are up to date', { ...fields, rows: this.store.count() });
    } else if (now - this.reportedAt > REPORT_INTERVAL) {
      this.reportedAt = now;
      this.logger.log('lists are catching up', fields);
    }
  }

  private interrupted(shard: number, error: unknown): void {
    if (!isCorrupt(error)) return this.logger.warn('a feed of steps was interrupted', { shard }, error);
    this.logger.error('the file of the projection is broken; it is built anew', error);
    for (const feed of this.feeds) feed.stop();
    this.store.throwAway();
    this.follow();
  }
}
