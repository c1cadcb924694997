import { AnalyseFile, analyseFile, type FileFacts } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { rowOf } from '../rows/advance';
import { FileTable } from '../rows/file-table.client';
import { checkOwner } from '../rows/own-file';
import { Analysis } from './analysis';
import { FileBlobs } from './file-blobs.client';

/** Bytes between two reports of progress. */
const REPORT_BYTES = 4 * 1024 * 1024;

/** Reads a file once, from its beginning, and writes down its facts. */
@Controller()
export class AnalyseFileHandler {
  constructor(
    private readonly table: FileTable,
    private readonly blobs: FileBlobs,
  ) {}

  @Activity(analyseFile)
  async analyse(file: AnalyseFile, context: ActivityContext): Promise<FileFacts> {
    checkOwner(file.fileId, context);
    const { signal } = context;
    const analysis = new Analysis();
    const report = () => context.progress({ bytes: analysis.size, of: file.size });
    await report();
    for await (const chunk of this.blobs.read(file.fileId, signal)) {
      const before = analysis.size;
      analysis.add(chunk);
      if (Math.floor(analysis.size / REPORT_BYTES) > Math.floor(before / REPORT_BYTES)) await report();
    }
    const facts = await analysis.end();
    await this.table.advance(file.fileId, rowOf(file, context.run, 'Analysed', { facts }), signal);
    await report();
    return facts;
  }
}
