import { InstanceSubjects } from '@countersign/contracts';
import { aStep, startNatsServer, type NatsServer } from '@countersign/testing';
import { WorkflowClient } from './client';
import { JetStreamConnection } from './connection';
import { InstanceHistory } from './history';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';

describe('InstanceHistory', () => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  let logs: ShardLogs;
  let client: WorkflowClient;
  let history: InstanceHistory;
  let count = 0;
  let id: string;

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [] });
    logs = new ShardLogs(connection, 1);
    client = new WorkflowClient(logs);
    history = new InstanceHistory(logs);
  });
  beforeEach(() => (id = `instance ${++count}`));
  afterAll(async () => {
    logs.close();
    await connection.close();
    await server.stop();
  });

  const step = (result: string) =>
    logs
      .at(0)
      .publish({ subject: new InstanceSubjects(0, id).step, body: JSON.stringify(aStep({ result })) });
  const view = async () => (await client.read(id))!;

  it('is every step and every input, more than are read at once', async () => {
    await client.start({ workflow: 'W', id, input: { a: 1 } });
    for (let i = 0; i < 70; i++) {
      await client.raise(id, { name: `e${i}` }, {});
      await step(`s${i}`);
    }
    const { seq } = await client.raise(id, { name: 'waits' }, {});
    const { steps, inputs, complete } = await history.read(await view(), 1_000_000);
    expect(complete).toBe(true);
    expect(steps.map((one) => one.step.result)).toEqual(Array.from({ length: 70 }, (_, i) => `s${i}`));
    expect(inputs.size).toBe(72);
    expect([...inputs.keys()]).toEqual([...inputs.keys()].sort((a, b) => a - b));
    expect(inputs.get(seq)?.body).toMatchObject({ name: 'waits' });
  });

  it('ends where the view was taken', async () => {
    await client.start({ workflow: 'W', id, input: null });
    await step('seen');
    const seen = await view();
    await step('later');
    expect((await history.read(seen, 1_000_000)).steps).toHaveLength(1);
  });

  it('believes no replica that lacks what is known to be stored', async () => {
    await client.start({ workflow: 'W', id, input: null });
    await step('first');
    const older = await view();
    await step('second');
    const log = logs.of(id);
    const original = log.readSome.bind(log);
    const behind = jest
      .spyOn(log, 'readSome')
      .mockImplementation(async (subject, from, limit) =>
        (await original(subject, from, limit)).filter(({ seq }) => seq <= older.seq),
      );
    const { steps } = await history.read(await view(), 1_000_000);
    behind.mockRestore();
    expect(steps.map((one) => one.step.result)).toEqual(['first', 'second']);
  });

  it('reads no more than it is told to, and says so', async () => {
    await client.start({ workflow: 'W', id, input: null });
    for (let i = 0; i < 20; i++) await step('x'.repeat(1000));
    const { steps, complete } = await history.read(await view(), 10_000);
    expect([steps.length, complete]).toEqual([4, false]);
  });

  it('knows what was started; nothing of an id that only has events', async () => {
    await client.start({ workflow: 'W', id, input: { a: 1 } });
    expect(await history.started(id)).toMatchObject({ body: { workflow: 'W', input: { a: 1 } } });
    await client.raise('a ghost', { name: 'e' }, {});
    expect(await history.started('a ghost')).toBeUndefined();
    expect(await history.started('nobody')).toBeUndefined();
  });
});
