import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { flexDeployAdapterModule } from './app.module';
import { FlexDeployConfig } from './config';

await runService({
  name: 'flexdeploy-adapter',
  config: FlexDeployConfig,
  module: flexDeployAdapterModule,
  strategy: (app) => app.get(ActivityServer),
});
