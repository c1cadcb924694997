import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { slackNotifierModule } from './app.module';
import { SlackNotifierConfig } from './config';

await runService({
  name: 'slack-notifier',
  config: SlackNotifierConfig,
  module: slackNotifierModule,
  strategy: (app) => app.get(ActivityServer),
});
