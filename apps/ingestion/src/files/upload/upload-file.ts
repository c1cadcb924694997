import { createHash } from 'node:crypto';
import { processFile, ProcessFileInput } from '@countersign/contracts';
import { Problem, validated } from '@countersign/service';
import { Injectable, Logger } from '@nestjs/common';
import { StartWorkflow } from '../../starts/start-workflow';
import { FileStorage, type Upload } from '../file-storage.client';
import { Measured } from './measured';
import type { SentFile } from './sent-file';

const workflow = processFile.name;
/** Repeated uploads of one file at the same time: each renews what it finds. */
const TRIES = 20;

export interface UploadRequest {
  readonly file: SentFile;
  /** Id of who sends it; see `Callers`. */
  readonly caller: string;
  /** The same, as approvers are known. Undefined for somebody without a key. */
  readonly uploadedBy?: string | undefined;
  /** What is said of its approvals, as it came. */
  readonly approvals: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string | undefined;
}

/**
 * Takes a file: its bytes first, then the workflow that looks after it. Until both are stored there is no file:
 * bytes are committed at once when all of them are there, and those for which no workflow comes are swept away.
 */
@Injectable()
export class UploadFile {
  private readonly logger = new Logger('Files');

  constructor(
    private readonly storage: FileStorage,
    private readonly starts: StartWorkflow,
  ) {}

  /**
   * Returns the file's id once everything is stored.
   *
   * @throws Problem 400 empty or not valid, 413 too large, 422 the key was used for another file
   * @throws CodedError `BlobUnavailable`, `StorageUnavailable`: there is no file then
   */
  async run({ file, caller, uploadedBy, approvals, idempotencyKey }: UploadRequest): Promise<string> {
    this.storage.check();
    const fileId = this.starts.idFor({ workflow, caller, idempotencyKey });
    const { name, contentType } = file;
    const input = {
      ...approvals,
      fileId,
      name,
      contentType,
      ...(uploadedBy !== undefined && { uploadedBy }),
    };
    // Before all the bytes, not after them.
    const example = { ...input, size: 1, uploadedAt: new Date(0).toISOString() };
    await validated(ProcessFileInput).transform(example, { type: 'body' });

    const { size, uploadedAt, digest } = await this.store(fileId, file, JSON.stringify(input));
    const body = { ...input, size, uploadedAt };
    if (idempotencyKey !== undefined)
      return this.starts.run({ workflow, caller, body, idempotencyKey, digest });
    try {
      return await this.starts.run({ workflow, caller, body, id: fileId });
    } catch (error) {
      // Nobody else knows this id. With a key, a repeated request may have found the bytes already.
      await this.discard(fileId);
      throw error;
    }
  }

  /** Stores the bytes, or finds those of an earlier attempt. */
  private async store(
    fileId: string,
    { name, contentType, content, length }: SentFile,
    input: string,
  ): Promise<Upload & { size: number }> {
    const measured = new Measured();
    const upload = { digest: '', uploadedAt: new Date().toISOString() };
    const describe = () => {
      if (measured.bytes === 0) throw new Problem(400, 'The file is empty.');
      if (length !== undefined && measured.bytes !== length)
        throw new Problem(400, `The file has ${measured.bytes} bytes, and not ${length} as was said.`);
      upload.digest = createHash('sha256').update(`${measured.digest()}\n${input}`).digest('hex');
      return { ...upload, name, contentType };
    };
    const isNew = await this.storage.write(fileId, measured.pass(content), describe);
    const kept = isNew ? upload : await this.repeated(fileId, upload);
    return { ...kept, size: measured.bytes };
  }

  private async repeated(fileId: string, { digest }: Upload): Promise<Upload> {
    for (let tries = 0; tries < TRIES; tries++) {
      const found = await this.storage.find(fileId);
      if (found === undefined) break;
      if (found.upload.digest !== digest) throw keyReused();
      if (await this.storage.renew(fileId, found.blob)) return found.upload;
    }
    throw changed();
  }

  private async discard(fileId: string): Promise<void> {
    try {
      await this.storage.delete(fileId);
    } catch (error) {
      this.logger.warn('bytes without a workflow were not deleted; file-store sweeps them', error);
    }
  }
}

const keyReused = () =>
  new Problem(422, 'This Idempotency-Key came with another file before. Use a new key for a new file.', {
    title: 'Idempotency-Key reused',
  });

const changed = () =>
  new Problem(503, 'The same upload is going on elsewhere. Try again shortly.', {
    headers: { 'retry-after': '5' },
  });
