import { azureSettings } from '@countersign/azure';
import { runService } from '@countersign/service';
import { ingestionModule } from './app.module';
import { IngestionConfig } from './config';

// The raw body is what Slack signs.
await runService({
  name: 'ingestion',
  config: IngestionConfig,
  settings: azureSettings,
  module: ingestionModule,
  rawBody: true,
});
