import type { BlobEntry } from '@countersign/azure';
import { WorkflowClient } from '@countersign/jetstream';
import { NowAndThen } from '@countersign/service';
import { Injectable, Logger } from '@nestjs/common';
import { FileBlobs } from '../analyse/file-blobs.client';
import { FileTable } from '../rows/file-table.client';

const DAY = 24 * 3600 * 1000;

/**
 * Deletes the bytes that nobody looks after. They are left by an ingestion that
 * died before it had started the workflow, and by a refusal whose deletion failed.
 *
 * A blob that a start may still come for is not touched: it is younger than a day, or ingestion renews it
 * before it starts the workflow, and then it is another version than the one that is deleted here.
 */
@Injectable()
export class SweepFiles extends NowAndThen {
  private readonly logger = new Logger('Files');

  constructor(
    private readonly blobs: FileBlobs,
    private readonly table: FileTable,
    private readonly client: WorkflowClient,
  ) {
    super();
  }

  protected work(): Promise<number> {
    return this.sweep();
  }

  /** Gives the number of blobs that were deleted. */
  async sweep(now = Date.now()): Promise<number> {
    const { signal } = this;
    let swept = 0;
    try {
      for await (const blob of this.blobs.list(signal)) {
        const isOld = blob.modifiedAt.getTime() < now - DAY;
        if (isOld && !(await this.isWanted(blob)) && (await this.blobs.discard(blob, signal))) swept++;
      }
    } catch (error) {
      if (!signal.aborted)
        this.logger.warn('files that nobody wants were not all deleted, later again', error);
    }
    if (swept > 0) this.logger.log('files that nobody wants deleted', { swept });
    return swept;
  }

  /** The row says what was decided, for as long as there is one; else the instance may still decide. */
  private async isWanted({ name }: BlobEntry): Promise<boolean> {
    const row = await this.table.find(name, this.signal);
    if (row?.Sha256 !== undefined) return true;
    if (row?.State === 'Refused' || row?.State === 'Expired') return false;
    return this.client.exists(name);
  }
}
