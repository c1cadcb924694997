import { createHash } from 'node:crypto';
import { AppendBlobs } from '@countersign/azure';
import { Injectable } from '@nestjs/common';
import { QueryWorkerConfig } from '../config';
import { Checkpoint } from './checkpoint';

/** An activity: what its idempotency key is made of. */
interface Activity {
  readonly instanceId: string;
  readonly run: number;
  readonly n: number;
}

/** Changes when the lines of a checkpoint (blocks.ts) or what the values are of change their meaning. */
const FORMAT = 'v1';

/** Blob container `query-checkpoints`. */
@Injectable()
export class CheckpointStore {
  private readonly blobs: AppendBlobs;

  constructor(private readonly config: QueryWorkerConfig) {
    this.blobs = new AppendBlobs(config.blobs, 'query-checkpoints');
  }

  /** That of one activity; another table has others. */
  of(activity: Activity): Checkpoint {
    return new Checkpoint(
      this.blobs,
      `${prefixOf(activity)}${activity.n}.${this.config.auditTable}.${FORMAT}`,
    );
  }

  /** Deletes the checkpoints of a run of an instance; gives their number. */
  async discard(run: Omit<Activity, 'n'>, signal?: AbortSignal): Promise<number> {
    let discarded = 0;
    for await (const { name } of this.blobs.list(prefixOf(run), signal))
      if (await this.blobs.delete(name, signal)) discarded++;
    return discarded;
  }

  /** Deletes the checkpoints that nobody has added to since; gives their number. */
  async sweep(since: Date, signal?: AbortSignal): Promise<number> {
    let swept = 0;
    for await (const { name, modifiedAt } of this.blobs.list('', signal))
      if (modifiedAt < since && (await this.blobs.delete(name, signal))) swept++;
    return swept;
  }

  check(): Promise<true | string> {
    return this.blobs.check();
  }
}

/** An instance id may be longer than a blob's name, and hold what that cannot. */
const prefixOf = ({ instanceId, run }: Omit<Activity, 'n'>): string =>
  `${createHash('sha256').update(instanceId).digest('hex')}/${run}-`;
