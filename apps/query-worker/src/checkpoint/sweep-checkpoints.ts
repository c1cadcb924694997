import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { QueryWorkerConfig } from '../config';
import { CheckpointStore } from './checkpoint-store.client';

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;
const INTERVAL = 6 * HOUR;

/** Deletes what terminated instances, and a storage that was down, left behind: at boot, and now and then. */
@Injectable()
export class SweepCheckpoints implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('Checkpoints');
  private readonly stopped = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly checkpoints: CheckpointStore,
    private readonly config: QueryWorkerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), INTERVAL);
    void this.sweep();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.stopped.abort();
  }

  private async sweep(): Promise<void> {
    const since = new Date(Date.now() - this.config.checkpointDays * DAY);
    try {
      const swept = await this.checkpoints.sweep(since, this.stopped.signal);
      if (swept > 0) this.logger.log('old checkpoints deleted', { swept });
    } catch (error) {
      if (!this.stopped.signal.aborted)
        this.logger.warn('old checkpoints were not deleted, later again', error);
    }
  }
}
