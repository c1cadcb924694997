import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { ApiKeysModule, Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { StatusApiConfig } from './config';
import { StatusModule } from './status/status.module';

@Module({})
class StatusApiModule {
  constructor(readiness: Readiness, connection: JetStreamConnection) {
    readiness.register('nats', () => connection.connected || 'NATS is out of reach');
  }
}

export const statusApiModule = (config: Readonly<StatusApiConfig>): DynamicModule => ({
  module: StatusApiModule,
  imports: [
    ApiKeysModule.forRoot(config.keysFile),
    JetStreamModule.forRoot({
      name: 'status-api',
      ...config.jetstream,
    }),
    StatusModule,
  ],
});
