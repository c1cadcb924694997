import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { talkReviewerModule } from './app.module';
import { TalkReviewerConfig } from './config';

await runService({
  name: 'talk-reviewer',
  config: TalkReviewerConfig,
  module: talkReviewerModule,
  strategy: (app) => app.get(ActivityServer),
});
