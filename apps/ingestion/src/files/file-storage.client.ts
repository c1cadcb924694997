import { BlockBlobs, type StoredBlob, Table } from '@countersign/azure';
import { fileKey, type FileRow, FILES_CONTAINER, METADATA_TABLE } from '@countersign/contracts';
import { Problem } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { attachment } from './download/disposition';

const HOUR = 3_600_000;

/** What is kept with the bytes of a file, to know a repeated upload by. */
export interface Upload {
  /** Equal for uploads of the same bytes under the same name. */
  readonly digest: string;
  /** ISO 8601. */
  readonly uploadedAt: string;
}

/** Blob container `files` and table `metadata`. Every method throws Problem 501 where there are none. */
@Injectable()
export class FileStorage {
  private readonly blobs: BlockBlobs | undefined;
  private readonly table: Table<FileRow> | undefined;
  private readonly origin: string | undefined;

  constructor({ blobs, tables, downloadsUrl }: IngestionConfig) {
    this.blobs = blobs === undefined ? undefined : new BlockBlobs(blobs, FILES_CONTAINER);
    this.table = tables === undefined ? undefined : new Table(tables, METADATA_TABLE);
    this.origin = downloadsUrl;
  }

  /** @throws Problem 501 */
  check(): void {
    configured(this.blobs);
    configured(this.table);
  }

  /**
   * Stores the bytes of a file; false when there are some under this id, which stay as they are.
   *
   * @param describe is asked when all bytes have been read; what it throws leaves nothing behind
   */
  write(
    fileId: string,
    content: AsyncIterable<Uint8Array>,
    describe: () => Upload & { contentType: string; name: string },
  ): Promise<boolean> {
    return configured(this.blobs).write(fileId, content, () => {
      const { contentType, name, digest, uploadedAt } = describe();
      return { contentType, disposition: attachment(name), metadata: { digest, uploadedat: uploadedAt } };
    });
  }

  async find(fileId: string): Promise<{ upload: Upload; blob: StoredBlob } | undefined> {
    const blob = await configured(this.blobs).stat(fileId);
    const { digest = '', uploadedat: uploadedAt = '' } = blob?.metadata ?? {};
    return blob && { blob, upload: { digest, uploadedAt } };
  }

  /** Keeps the sweep of file-store away from bytes for which a workflow is about to start; false when they are gone. */
  renew(fileId: string, blob: StoredBlob): Promise<boolean> {
    return configured(this.blobs).renew(fileId, blob);
  }

  async delete(fileId: string): Promise<void> {
    await configured(this.blobs).delete(fileId);
  }

  async row(fileId: string): Promise<FileRow | undefined> {
    return (await configured(this.table).get(fileKey(fileId)))?.row;
  }

  /** An address at which the file may be downloaded for one hour. */
  async link(fileId: string, name: string): Promise<{ url: string; expiresAt: string }> {
    const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + HOUR);
    const link = await configured(this.blobs).link(fileId, { expiresAt, disposition: attachment(name) });
    const url =
      this.origin === undefined ? link : link.replace(new URL(link).origin, new URL(this.origin).origin);
    return { url, expiresAt: expiresAt.toISOString() };
  }
}

function configured<T>(part: T | undefined): T {
  if (part !== undefined) return part;
  throw new Problem(
    501,
    'Files are not taken here: BLOBS_CONNECTION_STRING and TABLES_CONNECTION_STRING are not set.',
  );
}
