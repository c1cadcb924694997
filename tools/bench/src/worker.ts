/** A service that serves the benchmark's activity, as every service does. */
import './collect';
import { Activity, ActivityServer, JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness, runService, ServiceConfig } from '@countersign/service';
import { Controller, type DynamicModule } from '@nestjs/common';
import { handleOrder, type Order, QUEUE, type Receipt } from './contracts';

@Controller()
class OrderHandler {
  constructor(readiness: Readiness, nats: JetStreamConnection) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }

  @Activity(handleOrder)
  async handle({ order, step }: Order): Promise<Receipt> {
    return { order, step };
  }
}

class WorkerModule {}

const workerModule = ({ natsUrl, shards, durability }: ServiceConfig): DynamicModule => ({
  module: WorkerModule,
  imports: [
    JetStreamModule.forRoot({
      servers: natsUrl,
      name: 'bench-worker',
      shards,
      durability,
      queues: [QUEUE],
      activities: { contracts: [handleOrder] },
    }),
  ],
  controllers: [OrderHandler],
});

await runService({
  name: 'bench-worker',
  config: ServiceConfig,
  module: workerModule,
  strategy: (app) => app.get(ActivityServer),
});
