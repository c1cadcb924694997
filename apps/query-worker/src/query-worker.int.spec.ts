/** The whole service, on a real nats-server and real storage. */
import { countDistinct, discardCheckpoint, InstanceSubjects } from '@countersign/contracts';
import type { ActivityContract } from '@countersign/contracts';
import { ActivityServer, JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { loadConfig, startService } from '@countersign/service';
import {
  aStep,
  type Azurite,
  type NatsServer,
  startAzurite,
  startNatsServer,
  until,
} from '@countersign/testing';
import { DEFAULT_CALL_OPTIONS, type Json, type Task } from '@countersign/workflow';
import type { INestApplication } from '@nestjs/common';
import { queryWorkerModule } from './app.module';
import { QueryWorkerConfig } from './config';
import { counted, writeRows } from './testing/audit';

const RUN = 1;
const rows = Array.from({ length: 300 }, (_, n) => ({
  partitionKey: `2021-10-${10 + (n % 5)}`,
  rowKey: `${n}`,
  CertNumber: n % 3 === 0 ? '' : 'C',
  identificationNumber: `${n % 70}`,
}));

let azurite: Azurite;
let nats: NatsServer;
let service: INestApplication;
let logs: ShardLogs;
beforeAll(async () => {
  [azurite, nats] = await Promise.all([startAzurite({ table: true, blob: true }), startNatsServer()]);
  await writeRows(azurite.connectionString, 'audit', rows);
  const config = loadConfig(QueryWorkerConfig, {
    PORT: '0',
    LOG_LEVEL: 'silent',
    NATS_URL: nats.url,
    TABLES_CONNECTION_STRING: azurite.connectionString,
    BLOBS_CONNECTION_STRING: azurite.connectionString,
  });
  const strategy = (app: INestApplication) => app.get(ActivityServer);
  const options = { name: 'query-worker', config: QueryWorkerConfig, module: queryWorkerModule, strategy };
  service = await startService(options, config);
  logs = new ShardLogs(await JetStreamConnection.open({ servers: nats.url, name: 'spec' }), 1);
});
afterAll(async () => {
  await service?.close();
  logs?.close();
  await logs?.connection.close();
  await Promise.all([nats?.stop(), azurite?.stop()]);
});

/** Has an activity performed as a coordinator would; gives the input that the worker answers with. */
async function perform<Input extends object>(
  { name, queue }: ActivityContract<Input, unknown>,
  id: string,
  n: number,
  input: Json,
): Promise<unknown> {
  const log = logs.at(0);
  const subjects = new InstanceSubjects(0, id);
  const answers = async () =>
    (await log.readFromLeader(subjects.input)).map(({ body }) => JSON.parse(body) as { n: number });
  const { retry } = DEFAULT_CALL_OPTIONS;
  const task: Task = { input, retry, startToClose: 20_000, deadline: Date.now() + 60_000 };
  await log.publish({ subject: subjects.step, body: JSON.stringify(aStep({ run: RUN, status: 'Running' })) });
  await log.publish({ subject: subjects.task(queue, name, RUN, n), body: JSON.stringify(task) });
  await until(async () => (await answers()).some((answer) => answer.n === n));
  return (await answers()).find((answer) => answer.n === n);
}

it('is ready when it can reach NATS, the table and the checkpoints', async () => {
  const answer = await fetch(`${await service.getUrl()}/health/ready`);
  expect(await answer.json()).toMatchObject({
    parts: { nats: 'ready', table: 'ready', checkpoints: 'ready' },
  });
});

it('answers a query with its number, shows how it came to it, and forgets it when told', async () => {
  const days = { start: '2021-10-11', end: '2021-10-13' };
  const { rows: read, distinct } = counted(rows, days.start, days.end);
  expect(await perform(countDistinct, 'a query', 7, days)).toMatchObject({
    type: 'completed',
    result: distinct,
  });
  const record = await logs.at(0).last(new InstanceSubjects(0, 'a query').progress(RUN, 7));
  expect(JSON.parse(record?.body ?? '{}')).toMatchObject({
    value: { partitions: 3, partitionsDone: 3, rows: read, distinct },
  });
  expect(await perform(discardCheckpoint, 'a query', 8, {})).toMatchObject({ result: { discarded: 1 } });
  expect(await perform(discardCheckpoint, 'a query', 9, {})).toMatchObject({ result: { discarded: 0 } });
});

it('refuses what is not a day, by name', async () => {
  expect(await perform(countDistinct, 'no day', 7, { start: '10/10/2021', end: '2021-10-13' })).toMatchObject(
    {
      type: 'failed',
      error: { code: 'InvalidInput', message: expect.stringContaining('start must be YYYY-MM-DD') },
    },
  );
});
