import { registerFile, UploadedFile } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { rowOf } from '../rows/advance';
import { FileTable } from '../rows/file-table.client';
import { checkOwner } from '../rows/own-file';

/** Writes the row of an uploaded file. */
@Controller()
export class RegisterFileHandler {
  constructor(private readonly table: FileTable) {}

  @Activity(registerFile)
  async register(file: UploadedFile, context: ActivityContext): Promise<{ registered: true }> {
    checkOwner(file.fileId, context);
    await this.table.advance(file.fileId, rowOf(file, context.run, 'Uploaded'), context.signal);
    return { registered: true };
  }
}
