import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { CheckpointStore } from './checkpoint/checkpoint-store.client';
import { SweepCheckpoints } from './checkpoint/sweep-checkpoints';
import type { QueryWorkerConfig } from './config';
import { AuditTable } from './count/audit-table.client';
import { CountDistinctHandler } from './count/count-distinct';
import { DiscardCheckpointHandler } from './checkpoint/discard-checkpoint';

/** Milliseconds. Longer queries go on elsewhere from their checkpoint: to wait for them would gain nothing. */
const DRAIN_TIMEOUT = 1_000;

@Module({})
class QueryWorkerModule {
  constructor(
    readiness: Readiness,
    nats: JetStreamConnection,
    audit: AuditTable,
    checkpoints: CheckpointStore,
  ) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
    readiness.register('table', () => audit.check());
    readiness.register('checkpoints', () => checkpoints.check());
  }
}

export const queryWorkerModule = (config: QueryWorkerConfig): DynamicModule => ({
  module: QueryWorkerModule,
  imports: [
    JetStreamModule.forRoot({
      name: 'query-worker',
      ...config.jetstream,
      activities: { concurrency: config.queries, drainTimeout: DRAIN_TIMEOUT },
    }),
  ],
  controllers: [CountDistinctHandler, DiscardCheckpointHandler],
  providers: [AuditTable, CheckpointStore, SweepCheckpoints],
});
