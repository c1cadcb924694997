import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { TalkReviewerConfig } from './config';
import { ReviewTalkHandlers } from './review-talk';

@Module({})
class TalkReviewerModule {
  constructor(readiness: Readiness, nats: JetStreamConnection) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }
}

export const talkReviewerModule = ({ jetstream }: TalkReviewerConfig): DynamicModule => ({
  module: TalkReviewerModule,
  imports: [JetStreamModule.forRoot({ name: 'talk-reviewer', ...jetstream, activities: {} })],
  controllers: [ReviewTalkHandlers],
});
