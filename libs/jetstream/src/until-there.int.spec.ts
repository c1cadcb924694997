/** A process that is told to go while it waits for what another service has not made yet. */
import { COORDINATOR_CONSUMER, defineActivity, streamName, workerConsumer } from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Activity } from './activities/activity.decorator';
import { ActivityServer } from './activities/activity-server';
import { consumerInfo } from './api-subjects';
import { JetStreamConnection } from './connection';
import { consumeInputs } from './inputs';
import { JetStreamModule } from './module';
import { ShardLogs } from './shard-logs';
import { double, Number1, QUEUE, serve } from './testing/worker';
import { ensureTopology } from './topology';

const NOBODYS_QUEUE = 'not-made-yet';

const late = defineActivity<void>()({
  name: 'spec.late',
  queue: NOBODYS_QUEUE,
  input: Number1,
  description: 'Of a newer release than the coordinator',
});

@Controller()
class Handlers {
  @Activity(double)
  async double(): Promise<void> {}

  @Activity(late)
  async late(): Promise<void> {}
}
@Module({ controllers: [Handlers] })
class HandlersModule {}

class ToldToGo {}

/** What the chassis provides. */
const leavingWith = (leaving: AbortSignal): DynamicModule => ({
  module: ToldToGo,
  global: true,
  providers: [{ provide: AbortSignal, useValue: leaving }],
  exports: [AbortSignal],
});

describe('untilThere', () => {
  const reason = new Error('told to go');
  let server: NatsServer;
  let leaving: AbortController;
  let connection: JetStreamConnection;
  beforeEach(async () => {
    server = await startNatsServer();
    leaving = new AbortController();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'x', leaving: leaving.signal });
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  /** Resolves when the server has been asked twice: somebody waits. */
  async function askedAgain(subject: string): Promise<void> {
    const questions = connection.nc.subscribe(subject, { max: 2 });
    await connection.nc.flush();
    for await (const _ of questions);
  }

  it('takes nothing in hand from one queue while it waits for another, and leaves at once', async () => {
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [QUEUE] });
    const logs = new ShardLogs(connection, 1);
    await connection.js.publish(`wf.0.i.task.${QUEUE}.${double.name}.1-1`);
    const waits = askedAgain(consumerInfo(streamName(0), workerConsumer(NOBODYS_QUEUE)));
    const boot = serve(new ActivityServer(logs, { contracts: [double, late] }), HandlersModule);
    await waits;
    leaving.abort(reason);
    await expect(boot).rejects.toBe(reason);
    const { delivered } = await connection.jsm.consumers.info(streamName(0), workerConsumer(QUEUE));
    expect(delivered.consumer_seq).toBe(0);
    logs.close();
  });

  it('leaves the inputs of a shard to others', async () => {
    await connection.jsm.streams.add({ name: streamName(0), subjects: ['wf.0.>'] });
    const waits = askedAgain(consumerInfo(streamName(0), COORDINATOR_CONSUMER));
    const consumer = consumeInputs(connection, 0, { onDelivery: () => undefined });
    await waits;
    leaving.abort(reason);
    await expect(consumer).rejects.toBe(reason);
    await expect(consumeInputs(connection, 0, { onDelivery: () => undefined })).rejects.toBe(reason);
  });

  it('ends the boot of an application that waits for the deployment', async () => {
    const waits = askedAgain('$JS.API.DIRECT.GET.>');
    const settings = { servers: server.url, name: 'spec', shards: 1, durability: 'single' } as const;
    const root: DynamicModule = {
      module: class App {},
      imports: [leavingWith(leaving.signal), JetStreamModule.forRoot({ ...settings, topology: 'expect' })],
    };
    const boot = NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    await waits;
    leaving.abort(reason);
    await expect(boot).rejects.toBe(reason);
  });
});
