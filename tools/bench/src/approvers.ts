/** Asks for approvals that nobody gives, and is told every reminder and every due time. */
import './collect';
import { requestApproval, streamName } from '@countersign/contracts';
import { ActivityServer, JetStreamConnection, JetStreamModule, WorkflowClient } from '@countersign/jetstream';
import { ServiceConfig, startService } from '@countersign/service';
import type { DynamicModule } from '@nestjs/common';
import { ApprovalHandlers, HANDLED } from './approvals/handlers';
import { Ledger } from './approvals/ledger';
import { config } from './config';
import type { ApprovalCommand, Load } from './protocol';
import { takeCommands } from './take-commands';
import { tell } from './window';

const QUEUES = [...new Set(HANDLED.map(({ queue }) => queue))];

class ApproversModule {}

const approversModule = ({ natsUrl, shards, durability }: ServiceConfig): DynamicModule => ({
  module: ApproversModule,
  imports: [
    JetStreamModule.forRoot({
      servers: natsUrl,
      name: 'bench-approvers',
      shards,
      durability,
      queues: QUEUES,
      activities: { contracts: HANDLED },
    }),
  ],
  controllers: [ApprovalHandlers],
  providers: [Ledger],
});

const app = await startService(
  {
    name: 'bench-approvers',
    config: ServiceConfig,
    module: approversModule,
    strategy: (app) => app.get(ActivityServer),
  },
  config,
);
const [client, ledger, connection] = [app.get(WorkflowClient), app.get(Ledger), app.get(JetStreamConnection)];

type Of<K extends ApprovalCommand['kind']> = Extract<ApprovalCommand, { kind: K }>;

async function ask({ count, inFlight, ttlSeconds, remindEverySeconds }: Of<'ask'>): Promise<void> {
  let started = 0;
  const subject = { description: 'A release is about to be deployed', facts: [] };
  const approval = { ttlSeconds, remindEverySeconds };
  const startOne = async () => {
    while (started < count) {
      const id = `approval-${++started}`;
      await client.start({ workflow: requestApproval.name, id, input: { subject, approval } });
    }
  };
  await Promise.all([ledger.until('post', count), ...Array.from({ length: inFlight }, startOne)]);
}

/** Runs the work as the measured window. */
async function timed(completed: number, work: () => Promise<void>): Promise<Load> {
  const begun = performance.now();
  tell({ kind: 'window' });
  await work();
  tell({ kind: 'window' });
  const late = ledger.lateness;
  const at = (part: number) => late[Math.min(late.length - 1, Math.floor(late.length * part))] ?? 0;
  return { completed, seconds: (performance.now() - begun) / 1000, p50: at(0.5), p99: at(0.99) };
}

/** What is in the stream now. */
async function stored(): Promise<Load> {
  const { messages, bytes } = (await connection.jsm.streams.info(streamName(0))).state;
  return { completed: 0, seconds: 0, p50: 0, p99: 0, stored: { messages, bytes }, repeated: ledger.repeated };
}

function run(command: ApprovalCommand): Promise<Load> {
  switch (command.kind) {
    case 'ask':
      return timed(command.count, () => ask(command));
    case 'told':
      return timed(command.count, () => ledger.until(command.what, command.count));
    case 'stored':
      return stored();
  }
}

takeCommands(run, () => app.close());
