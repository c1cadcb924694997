import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { mailNotifierModule } from './app.module';
import { MailNotifierConfig } from './config';

await runService({
  name: 'mail-notifier',
  config: MailNotifierConfig,
  module: mailNotifierModule,
  strategy: (app) => app.get(ActivityServer),
});
