import { NowAndThen } from '@countersign/service';
import { Injectable, Logger } from '@nestjs/common';
import { QueryWorkerConfig } from '../config';
import { CheckpointStore } from './checkpoint-store.client';

const DAY = 24 * 3600 * 1000;

/** Deletes what terminated instances, and a storage that was down, left behind. */
@Injectable()
export class SweepCheckpoints extends NowAndThen {
  private readonly logger = new Logger('Checkpoints');

  constructor(
    private readonly checkpoints: CheckpointStore,
    private readonly config: QueryWorkerConfig,
  ) {
    super();
  }

  protected async work(): Promise<void> {
    const since = new Date(Date.now() - this.config.checkpointDays * DAY);
    try {
      const swept = await this.checkpoints.sweep(since, this.signal);
      if (swept > 0) this.logger.log('old checkpoints deleted', { swept });
    } catch (error) {
      if (!this.signal.aborted) this.logger.warn('old checkpoints were not deleted, later again', error);
    }
  }
}
