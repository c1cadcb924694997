import { MarkFile, markFile } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { FileBlobs } from '../analyse/file-blobs.client';
import { rowOf } from '../rows/advance';
import { FileTable } from '../rows/file-table.client';
import { checkOwner } from '../rows/own-file';

/** Writes what became of a file. Bytes that nobody looked at, and nobody may, are deleted: after the row says so. */
@Controller()
export class MarkFileHandler {
  constructor(
    private readonly table: FileTable,
    private readonly blobs: FileBlobs,
  ) {}

  @Activity(markFile)
  async mark(
    { state, facts, note, ...file }: MarkFile,
    context: ActivityContext,
  ): Promise<{ marked: boolean }> {
    checkOwner(file.fileId, context);
    const next = rowOf(file, context.run, state, { facts, note });
    const row = await this.table.advance(file.fileId, next, context.signal);
    const marked = row.Run === String(context.run) && row.State === state;
    const isRefused = state === 'Refused' || state === 'Expired';
    if (marked && isRefused && row.Sha256 === undefined) await this.blobs.delete(file.fileId, context.signal);
    return { marked };
  }
}
