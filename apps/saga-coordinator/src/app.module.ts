import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { WorkflowRegistry, type WorkflowDefinition } from '@countersign/workflow';
import { definitions } from '@countersign/workflows';
import { type DynamicModule, Module } from '@nestjs/common';
import type { CoordinatorConfig } from './config';
import { Coordinator } from './coordinator';
import { QueueMetrics } from './queue-metrics';

@Module({})
class CoordinatorModule {
  constructor(readiness: Readiness, nats: JetStreamConnection, coordinator: Coordinator) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
    readiness.register('inputs', () => coordinator.check());
  }
}

/** @param workflows the code that it runs; default: every workflow of `@countersign/workflows`. */
export const coordinatorModule = (
  { jetstream }: CoordinatorConfig,
  workflows: readonly WorkflowDefinition[] = definitions,
): DynamicModule => ({
  module: CoordinatorModule,
  imports: [JetStreamModule.forRoot({ name: 'saga-coordinator', ...jetstream })],
  providers: [
    Coordinator,
    QueueMetrics,
    { provide: WorkflowRegistry, useFactory: () => new WorkflowRegistry(workflows) },
  ],
});
