import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { FlexDeployConfig } from './config';
import { DecideTaskHandlers } from './decide-task';
import { FlexDeployClient } from './flexdeploy/flexdeploy.client';
import { ReadTaskHandler } from './read-task';

@Module({})
class FlexDeployAdapterModule {
  constructor(readiness: Readiness, nats: JetStreamConnection) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }
}

export const flexDeployAdapterModule = ({ jetstream }: FlexDeployConfig): DynamicModule => ({
  module: FlexDeployAdapterModule,
  imports: [JetStreamModule.forRoot({ name: 'flexdeploy-adapter', ...jetstream })],
  controllers: [ReadTaskHandler, DecideTaskHandlers],
  providers: [FlexDeployClient],
});
