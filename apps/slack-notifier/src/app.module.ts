import { Decisions, SlackDoor } from '@countersign/decisions';
import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { AskReasonHandler } from './ask-reason';
import type { SlackNotifierConfig } from './config';
import { FindMemberHandler } from './find-member';
import { PostApprovalHandler } from './post-approval';
import { Questions } from './questions';
import { RemindHandler } from './remind';
import { ShowVotesHandler } from './show-votes';
import { SlackClient } from './slack/slack.client';
import { UserGroups } from './slack/user-groups';
import { SlackSocket } from './socket/slack-socket';
import { TellPersonHandler } from './tell-person';
import { UpdateMessageHandler } from './update-message';

/** When Slack limits the rate to one call a second, the last of these still goes within an attempt's time. */
const CONCURRENCY = 32;

@Module({})
class SlackNotifierModule {
  constructor(readiness: Readiness, nats: JetStreamConnection, socket: SlackSocket) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
    if (socket.isOn) readiness.register('socket', () => socket.check());
  }
}

export const slackNotifierModule = (config: SlackNotifierConfig): DynamicModule => ({
  module: SlackNotifierModule,
  imports: [
    JetStreamModule.forRoot({
      ...config.jetstream,
      name: 'slack-notifier',
      activities: { concurrency: CONCURRENCY },
    }),
  ],
  controllers: [
    PostApprovalHandler,
    UpdateMessageHandler,
    ShowVotesHandler,
    RemindHandler,
    TellPersonHandler,
    AskReasonHandler,
    FindMemberHandler,
  ],
  providers: [SlackClient, Questions, UserGroups, Decisions, SlackDoor, SlackSocket],
});
