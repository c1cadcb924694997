/**
 * The checkpoint of one activity: an append blob that whoever performs the activity reads once, when an
 * attempt begins, and adds to now and then.
 *
 * 1. What is appended, is values first, then the positions that cover them, and the values are all those
 *    that the same attempt has found and not appended or read here before. So every beginning of the blob
 *    is a correct state: each position in it is covered by values before it.
 * 2. Two attempts at once (one that was taken for dead) do no harm: each appends what its own positions
 *    need, so what lies between the lines of one does not matter to the other. Values are a set, of two
 *    positions of a part the further one counts, and a block that is there twice (its answer was lost)
 *    says nothing new.
 * 3. A block that may not have arrived is never built upon: its values are given back to the tally and
 *    come again with the next positions.
 * 4. The blob is made before anything is read and never made by an append. So a blob that is gone tells a
 *    worker that nobody waits for its query any more (cancelled, timed out, answered by another attempt);
 *    it stops with a retryable failure, because a storage may also have lost the blob: a task that is
 *    still wanted then comes again and begins anew.
 */
import { type AppendBlobs, MAX_BLOCK_BYTES } from '@countersign/azure';
import { CodedError } from '@countersign/workflow';
import type { Tally } from '../count/tally';
import { blocksOf, completeLines, parseLine } from './blocks';

export class Checkpoint {
  constructor(
    private readonly blobs: Pick<AppendBlobs, 'create' | 'append' | 'read'>,
    private readonly name: string,
  ) {}

  /** Brings the tally to where earlier attempts were. */
  async recall(tally: Tally, signal: AbortSignal): Promise<void> {
    if (await this.blobs.create(this.name, signal)) return;
    for await (const line of completeLines(this.blobs.read(this.name, signal))) {
      const said = parseLine(line);
      if (said === undefined) return;
      tally.recall(said);
    }
  }

  /**
   * Appends what is new in the tally.
   * @throws CodedError `CheckpointGone` (retryable), and what `AppendBlobs.append` throws
   */
  async save(tally: Tally, signal: AbortSignal): Promise<void> {
    const unsaved = tally.take();
    if (unsaved === undefined) return;
    try {
      for (const block of blocksOf(unsaved, MAX_BLOCK_BYTES)) await this.append(block, signal);
    } catch (error) {
      tally.giveBack(unsaved);
      throw error;
    }
  }

  private async append(block: string, signal: AbortSignal): Promise<void> {
    if (await this.blobs.append(this.name, block, signal)) return;
    const message = `The checkpoint ${this.name} is gone: nobody waits for this query any more, or the storage lost it.`;
    throw new CodedError('CheckpointGone', message, { retryable: true });
  }
}
