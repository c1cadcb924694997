import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { PushNotifierConfig } from './config';
import { AccessTokens } from './fcm/access-tokens.client';
import { FcmClient } from './fcm/fcm.client';
import { SendPushHandler } from './send-push';

@Module({})
class PushNotifierModule {
  constructor(readiness: Readiness, nats: JetStreamConnection) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }
}

export const pushNotifierModule = ({ jetstream }: PushNotifierConfig): DynamicModule => ({
  module: PushNotifierModule,
  imports: [JetStreamModule.forRoot({ name: 'push-notifier', ...jetstream, activities: {} })],
  controllers: [SendPushHandler],
  providers: [AccessTokens, FcmClient],
});
