import { type BlobEntry, BlockBlobs } from '@countersign/azure';
import { FILES_CONTAINER } from '@countersign/contracts';
import { TerminalError } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { FileStoreConfig } from '../config';

/** Blob container `files`: the bytes of a file, by its id. Ingestion writes them. */
@Injectable()
export class FileBlobs {
  private readonly blobs: BlockBlobs;

  constructor(config: FileStoreConfig) {
    this.blobs = new BlockBlobs(config.blobs, FILES_CONTAINER);
  }

  /**
   * Streams the bytes of a file.
   *
   * @throws TerminalError `FileGone`, and what `BlockBlobs` throws
   */
  async *read(fileId: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const content = await this.blobs.open(fileId, { signal });
    if (content === undefined)
      throw new TerminalError('FileGone', 'The bytes of the file are gone: it has to be uploaded again.');
    yield* content;
  }

  delete(fileId: string, signal: AbortSignal): Promise<boolean> {
    return this.blobs.delete(fileId, signal);
  }

  list(signal: AbortSignal): AsyncGenerator<BlobEntry, void, undefined> {
    return this.blobs.list('', signal);
  }

  /** Deletes the version that was listed; false when it was changed since. */
  discard({ name, etag }: BlobEntry, signal: AbortSignal): Promise<boolean> {
    return this.blobs.delete(name, signal, etag);
  }

  check(): Promise<true | string> {
    return this.blobs.check();
  }
}
