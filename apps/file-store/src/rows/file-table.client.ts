import { Table } from '@countersign/azure';
import { fileKey, type FileRow, METADATA_TABLE } from '@countersign/contracts';
import { CodedError } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { FileStoreConfig } from '../config';
import { advanced } from './advance';

/** Writers of one row at the same time: a late attempt, and the one that took its place. */
const TRIES = 10;

/** Azure Table `metadata`: a row per file. */
@Injectable()
export class FileTable {
  private readonly table: Table<FileRow>;

  constructor(config: FileStoreConfig) {
    this.table = new Table(config.tables, METADATA_TABLE);
  }

  async find(fileId: string, signal?: AbortSignal): Promise<FileRow | undefined> {
    return (await this.table.get(fileKey(fileId), signal))?.row;
  }

  /**
   * Takes a row as far as `next` says, if it is not there yet; gives the row as it is then.
   *
   * @throws CodedError `FileRowContended` (retryable), and what `Table` throws
   */
  async advance(fileId: string, next: FileRow, signal?: AbortSignal): Promise<FileRow> {
    const key = fileKey(fileId);
    for (let tries = 0; tries < TRIES; tries++) {
      const stored = await this.table.get(key, signal);
      const row = advanced(stored?.row, next);
      if (row === undefined) return stored?.row ?? next;
      const written = stored
        ? await this.table.replace(key, row, stored.etag, signal)
        : await this.table.insert(key, row, signal);
      if (written) return row;
    }
    throw new CodedError('FileRowContended', `Others keep writing the row of ${fileId}.`, {
      retryable: true,
    });
  }

  check(): Promise<true | string> {
    return this.table.check();
  }
}
