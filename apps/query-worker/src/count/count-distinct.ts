import { CountDistinct, countDistinct } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { CheckpointStore } from '../checkpoint/checkpoint-store.client';
import { QueryWorkerConfig } from '../config';
import { AuditTable } from './audit-table.client';
import { Reading } from './reading';
import { slicesOf } from './slices';
import { Tally } from './tally';

const SECOND = 1000;
/** How long an attempt that is told to stop may take to save what it has, in milliseconds. */
const LAST_WORD = 1_500;

/** Counts the distinct identification numbers; an attempt goes on where the checkpoint of earlier ones ends. */
@Controller()
export class CountDistinctHandler {
  constructor(
    private readonly audit: AuditTable,
    private readonly checkpoints: CheckpointStore,
    private readonly config: QueryWorkerConfig,
  ) {}

  @Activity(countDistinct)
  async count({ start, end }: CountDistinct, context: ActivityContext): Promise<number> {
    const { signal } = context;
    const tally = new Tally(slicesOf(start, end));
    const checkpoint = this.checkpoints.of(context);
    await checkpoint.recall(tally, signal);
    const report = () => context.progress({ ...tally.progress });
    await report();
    const reading = new Reading(tally, (slice, from, stop) => this.audit.pages(slice, from, stop), {
      parallel: this.config.parallelReads,
      beside: [
        { every: SECOND / 2, act: report },
        { every: this.config.checkpointSeconds * SECOND, act: (stop) => checkpoint.save(tally, stop) },
      ],
    });
    try {
      await reading.run(signal);
    } catch (error) {
      // What was read until now need not be read again, if it can be said at once.
      if (signal.aborted) await checkpoint.save(tally, AbortSignal.timeout(LAST_WORD)).catch(() => undefined);
      throw error;
    }
    await report();
    return tally.distinct;
  }
}
