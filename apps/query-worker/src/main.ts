import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { queryWorkerModule } from './app.module';
import { QueryWorkerConfig } from './config';

await runService({
  name: 'query-worker',
  config: QueryWorkerConfig,
  module: queryWorkerModule,
  strategy: (app) => app.get(ActivityServer),
});
