import { randomUUID } from 'node:crypto';
import {
  downloadApproved,
  type FileApproval,
  processFile,
  statusUri,
  uploadApproved,
} from '@countersign/contracts';
import { OUTCOME_WAIT, REFUSAL_TEXTS } from '@countersign/decisions';
import { type InstanceView, WorkflowClient } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../../config';
import { findInstance } from '../../instances/find-instance';
import { type Approval, closedBecause, fateOf, fileStatusOf } from './file-fate';

const EVENTS = { upload: uploadApproved, download: downloadApproved } as const;

/** Gives a file one of its approvals, or refuses it. The workflow's own order of inputs says which decision is the first. */
@Injectable()
export class DecideFile {
  constructor(
    private readonly client: WorkflowClient,
    private readonly config: IngestionConfig,
  ) {}

  /**
   * Resolves when the decision counts, or is kept until it is needed. Also when nobody could say so in time.
   *
   * @throws Problem 404 no such file, 409 there is nothing to decide (any more), 403 the policy does not allow it
   * @throws CodedError `StorageUnavailable`
   */
  async run(fileId: string, which: Approval, decision: Omit<FileApproval, 'id'>): Promise<void> {
    const before = await this.file(fileId);
    this.checkOpen(before, which);
    const id = randomUUID();
    const giveUp = Date.now() + OUTCOME_WAIT;
    const { seq } = await this.client.raise(fileId, EVENTS[which], { ...decision, id });
    const input = await this.client.settled(fileId, seq, OUTCOME_WAIT);
    if (input === undefined) return;
    // What is kept until it is needed is no more closed than before.
    if (input.outcome !== 'applied') return this.checkOpen(await this.file(fileId), which);
    const left = Math.max(0, giveUp - Date.now());
    const view = await this.client.waitFor(fileId, (now) => fateOf(now, which, id) !== undefined, left);
    const refused = view && fateOf(view, which, id)?.refused;
    if (refused !== undefined)
      throw new Problem(403, REFUSAL_TEXTS[refused], { title: 'Not counted', extensions: { code: refused } });
  }

  private file(fileId: string): Promise<InstanceView> {
    return findInstance(this.client, processFile, fileId, 'file');
  }

  private checkOpen(view: InstanceView, which: Approval): void {
    const why = closedBecause(view, which);
    if (why === undefined) return;
    const stage = fileStatusOf(view)?.stage;
    throw new Problem(409, why, {
      title: 'Nothing to decide',
      headers: { location: statusUri(this.config.publicUrl, view.id) },
      extensions: stage === undefined ? {} : { stage },
    });
  }
}
