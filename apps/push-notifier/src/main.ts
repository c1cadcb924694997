import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { pushNotifierModule } from './app.module';
import { PushNotifierConfig } from './config';

await runService({
  name: 'push-notifier',
  config: PushNotifierConfig,
  module: pushNotifierModule,
  strategy: (app) => app.get(ActivityServer),
});
