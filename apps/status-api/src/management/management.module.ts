import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { ApiKeysModule, Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import type { StatusApiConfig } from '../config';
import { InstanceList } from '../projection/instance-list';
import { Projection } from '../projection/projection';
import { ControlInstance } from './control-instance';
import { Entities } from './entities';
import { EntitiesController } from './entities.controller';
import { InstanceController, InstanceUseCases } from './instance.controller';
import { InstancesController } from './instances.controller';
import { ListInstances } from './list-instances';
import { ManagementAddress } from './management-address';
import { OrchestratorsController } from './orchestrators.controller';
import { PurgeInstances } from './purge-instances';
import { ReadInstance } from './read-instance';
import { LenientBodies } from './request-body';
import { StartInstance } from './start-instance';

@Module({})
class ManagementModule {
  constructor(readiness: Readiness, connection: JetStreamConnection) {
    readiness.register('nats', () => connection.connected || 'NATS is out of reach');
  }
}

/** The management API: an application of its own, on its own port. */
export const managementModule = (config: Readonly<StatusApiConfig>): DynamicModule => ({
  module: ManagementModule,
  imports: [
    ApiKeysModule.forRoot(config.keysFile),
    JetStreamModule.forRoot({
      name: 'status-api management',
      ...config.jetstream,
    }),
  ],
  controllers: [OrchestratorsController, InstancesController, InstanceController, EntitiesController],
  providers: [
    LenientBodies,
    ManagementAddress,
    Projection,
    InstanceList,
    StartInstance,
    ReadInstance,
    ListInstances,
    ControlInstance,
    PurgeInstances,
    Entities,
    {
      provide: InstanceUseCases,
      inject: [ReadInstance, ControlInstance, StartInstance, PurgeInstances],
      useFactory: (...cases: ConstructorParameters<typeof InstanceUseCases>) =>
        new InstanceUseCases(...cases),
    },
  ],
});

/** How the management API is served beside the public one. */
export const management = {
  module: managementModule,
  port: ({ managementPort }: Readonly<StatusApiConfig>) => managementPort,
  // ASP.NET, which serves Durable Functions, is not particular about paths; its clients neither.
  lenientPaths: true,
  // Who has a system key may terminate all instances of a month, one by one.
  laxity: 10,
};
