import { azureSettings } from '@countersign/azure';
import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { fileStoreModule } from './app.module';
import { FileStoreConfig } from './config';

await runService({
  name: 'file-store',
  config: FileStoreConfig,
  settings: azureSettings,
  module: fileStoreModule,
  strategy: (app) => app.get(ActivityServer),
});
