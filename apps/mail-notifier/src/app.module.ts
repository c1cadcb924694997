import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { MailNotifierConfig } from './config';
import { MailClient } from './mail/mail.client';
import { PostApprovalHandler } from './post-approval';
import { RemindHandler } from './remind';
import { UpdateMessageHandler } from './update-message';

/** Connections to the mail server at once. */
const CONCURRENCY = 8;

/** A mail server that is down does not make the service unready: what it could not send it tries again. */
@Module({})
class MailNotifierModule {
  constructor(readiness: Readiness, nats: JetStreamConnection) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }
}

export const mailNotifierModule = ({ jetstream }: MailNotifierConfig): DynamicModule => ({
  module: MailNotifierModule,
  imports: [
    JetStreamModule.forRoot({
      name: 'mail-notifier',
      ...jetstream,
      activities: { concurrency: CONCURRENCY },
    }),
  ],
  controllers: [PostApprovalHandler, RemindHandler, UpdateMessageHandler],
  providers: [MailClient],
});
