import { azureSettings } from '@countersign/azure';
import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { queryWorkerModule } from './app.module';
import { QueryWorkerConfig } from './config';

await runService({
  name: 'query-worker',
  config: QueryWorkerConfig,
  settings: azureSettings,
  module: queryWorkerModule,
  strategy: (app) => app.get(ActivityServer),
});
