import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { AnalyseFileHandler } from './analyse/analyse-file';
import { FileBlobs } from './analyse/file-blobs.client';
import type { FileStoreConfig } from './config';
import { MarkFileHandler } from './mark/mark-file';
import { RegisterFileHandler } from './register/register-file';
import { FileTable } from './rows/file-table.client';
import { SweepFiles } from './sweep/sweep-files';

@Module({})
class FileStoreModule {
  constructor(readiness: Readiness, nats: JetStreamConnection, table: FileTable, blobs: FileBlobs) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
    readiness.register('table', () => table.check());
    readiness.register('blobs', () => blobs.check());
  }
}

export const fileStoreModule = (config: FileStoreConfig): DynamicModule => ({
  module: FileStoreModule,
  imports: [
    JetStreamModule.forRoot({
      name: 'file-store',
      ...config.jetstream,
      activities: { concurrency: config.analyses },
    }),
  ],
  controllers: [RegisterFileHandler, AnalyseFileHandler, MarkFileHandler],
  providers: [FileTable, FileBlobs, SweepFiles],
});
