import { DiscardCheckpoint, discardCheckpoint } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { CheckpointStore } from './checkpoint-store.client';

/** A query of the instance that still runs, here or elsewhere, stops when it misses its checkpoint. Repeatable. */
@Controller()
export class DiscardCheckpointHandler {
  constructor(private readonly checkpoints: CheckpointStore) {}

  @Activity(discardCheckpoint)
  async discard(_: DiscardCheckpoint, context: ActivityContext): Promise<{ discarded: number }> {
    return { discarded: await this.checkpoints.discard(context, context.signal) };
  }
}
