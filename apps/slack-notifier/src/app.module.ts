import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { SlackNotifierConfig } from './config';
import { PostApprovalHandler } from './post-approval';
import { SlackClient } from './slack/slack.client';
import { UpdateMessageHandler } from './update-message';

/** When Slack limits the rate to one call a second, the last of these still goes within an attempt's time. */
const CONCURRENCY = 32;

@Module({})
class SlackNotifierModule {
  constructor(readiness: Readiness, nats: JetStreamConnection) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }
}

export const slackNotifierModule = ({ natsUrl, shards, durability }: SlackNotifierConfig): DynamicModule => ({
  module: SlackNotifierModule,
  imports: [
    JetStreamModule.forRoot({
      servers: natsUrl,
      name: 'slack-notifier',
      shards,
      durability,
      activities: { concurrency: CONCURRENCY },
    }),
  ],
  controllers: [PostApprovalHandler, UpdateMessageHandler],
  providers: [SlackClient],
});
