import { InstanceSubjects } from '@countersign/contracts';
import { aStep, type NatsServer, PATIENCE, startNatsServer } from '@countersign/testing';
import type { Step } from '@countersign/workflow';
import { WorkflowClient } from './client';
import { JetStreamConnection } from './connection';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';

describe('WorkflowClient', () => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  let logs: ShardLogs;
  let client: WorkflowClient;
  let count = 0;
  let id: string;
  let subjects: InstanceSubjects;

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [] });
    logs = new ShardLogs(connection, 1);
    client = new WorkflowClient(logs);
  });
  beforeEach(() => {
    id = `instance ${++count}`;
    subjects = new InstanceSubjects(0, id);
  });
  afterAll(async () => {
    logs.close();
    await connection.close();
    await server.stop();
  });

  const step = async (over: Partial<Step> = {}) => {
    const outcome = await logs.at(0).publish({ subject: subjects.step, body: JSON.stringify(aStep(over)) });
    return 'seq' in outcome ? outcome.seq : -1;
  };

  it('hazard 18: starts an instance that is Pending from that instant', async () => {
    expect(await client.start({ workflow: 'W', id, input: { a: 1 } })).toEqual({ kind: 'started', id });
    const started = { workflow: 'W', at: expect.any(Number) as number };
    expect(await client.read(id)).toEqual({ id, seq: 0, status: 'Pending', started });
  });

  it('tells a repeated request from somebody else’s', async () => {
    await client.start({ workflow: 'W', id, input: 1, digest: 'd1' });
    expect(await client.start({ workflow: 'W', id, input: 1, digest: 'd1' })).toEqual({ kind: 'same', id });
    expect(await client.start({ workflow: 'W', id, input: 1, digest: 'd2' })).toEqual({ kind: 'exists', id });
    expect(await client.start({ workflow: 'W', id, input: 1 })).toEqual({ kind: 'exists', id });
  });

  it('one of many simultaneous starts wins', async () => {
    const starts = await Promise.all(
      Array.from({ length: 10 }, () => client.start({ workflow: 'W', id, input: null })),
    );
    expect(starts.filter(({ kind }) => kind === 'started')).toHaveLength(1);
    expect(await logs.at(0).readFromLeader(subjects.input)).toHaveLength(1);
  });

  it('hazard 13: a start that meets a late result of a purged instance waits until that is deleted', async () => {
    const { seq } = await client.raise(id, { name: 'ghost' }, {});
    const starting = client.start({ workflow: 'W', id, input: null });
    await logs.at(0).delete(seq);
    expect(await starting).toEqual({ kind: 'started', id });
  });

  it('knows no instance that was never started, although an event was raised', async () => {
    await client.raise(id, { name: 'e' }, {});
    expect(await client.read(id)).toBeUndefined();
  });

  // Fails when `exists` looks for steps only, or for inputs only; and nothing is stored by asking.
  it('says without reading whether anything of an instance is there', async () => {
    expect(await client.exists(id)).toBe(false);
    await client.start({ workflow: 'W', id, input: null });
    expect(await client.exists(id)).toBe(true);
    await step();
    await logs.at(0).purge(subjects.input);
    expect(await client.exists(id)).toBe(true);
    await logs.at(0).purge(subjects.all);
    expect(await client.exists(id)).toBe(false);
    expect(await logs.at(0).subjects(subjects.all)).toEqual([]);
  });

  it('stores an event once per message id', async () => {
    const first = await client.raise(id, { name: 'e' }, { x: 1 }, { msgId: 'm' });
    expect(await client.raise(id, { name: 'e' }, { x: 1 }, { msgId: 'm' })).toEqual(first);
    const [stored, ...others] = await logs.at(0).readFromLeader(subjects.input);
    expect(JSON.parse(stored!.body)).toEqual({ type: 'event', name: 'e', data: { x: 1 } });
    expect(others).toEqual([]);
  });

  it('hazard 16: refuses a value that is larger than 256 KiB', async () => {
    const input = 'x'.repeat(256 * 1024);
    await expect(client.start({ workflow: 'W', id, input })).rejects.toMatchObject({ code: 'ValueTooLarge' });
    expect(await client.read(id)).toBeUndefined();
  });

  it('reads the last step', async () => {
    await step();
    const seq = await step({ status: 'Completed', result: 42 });
    expect(await client.read(id)).toMatchObject({ id, seq, status: 'Completed', step: { result: 42 } });
  });

  it('knows nothing of an instance from the step on that purges it', async () => {
    await step({ status: 'Completed' });
    await step({ status: 'Completed', purged: true });
    expect(await client.read(id)).toBeUndefined();
    expect(await client.read(id, Infinity)).toBeUndefined();
  });

  it('hazard 18: asks the leader when a replica knows no step, or an older one than the caller', async () => {
    const first = await step();
    const behind = jest.spyOn(logs.of(id), 'lastFromAny').mockResolvedValue(undefined);
    expect(await client.read(id)).toMatchObject({ seq: first });
    behind.mockResolvedValue(await logs.of(id).last(subjects.step));
    const second = await step({ status: 'Completed' });
    expect(await client.read(id)).toMatchObject({ seq: first });
    expect(await client.read(id, second)).toMatchObject({ seq: second, status: 'Completed' });
    behind.mockRestore();
  });

  it('waits for a state', async () => {
    const waiting = client.waitFor(id, ({ status }) => status === 'Completed', PATIENCE);
    await step();
    const seq = await step({ status: 'Completed' });
    expect(await waiting).toMatchObject({ seq, status: 'Completed' });
  });

  it('gives the last state seen when the time is up', async () => {
    const seq = await step();
    expect(await client.waitFor(id, ({ status }) => status === 'Completed', 30)).toMatchObject({ seq });
  });

  it('hazard 26: finds what became of an input in the step that lists it, whatever came after', async () => {
    const { seq } = await client.raise(id, { name: 'e' }, {});
    const outcome = client.outcomeOf(id, seq, PATIENCE);
    await step({ inputs: [{ seq, at: 1, outcome: 'refused', why: 'late click' }] });
    await step();
    expect(await outcome).toEqual({ seq, at: 1, outcome: 'refused', why: 'late click' });
    expect(await client.outcomeOf(id, seq, 0)).toMatchObject({ outcome: 'refused' });
  });

  it('says that storage is unavailable when the server is away', async () => {
    await server.kill();
    await expect(client.start({ workflow: 'W', id, input: null })).rejects.toMatchObject({
      code: 'StorageUnavailable',
      retryable: true,
    });
    await server.restart();
    await client.start({ workflow: 'W', id, input: null });
    // Five seconds, and what the server needs to start.
  }, 20_000);

  describe('what became of an input', () => {
    const raised = async () => (await client.raise(id, { name: 'e' }, {})).seq;

    it('is what the step says that lists it', async () => {
      await client.start({ workflow: 'W', id, input: null });
      const seq = await raised();
      const outcome = client.settled(id, seq, PATIENCE);
      await step({ status: 'Completed', inputs: [{ seq, at: 1, outcome: 'applied' }] });
      expect(await outcome).toEqual({ seq, at: 1, outcome: 'applied' });
    });

    it.each([
      ['before', true],
      ['after', false],
    ])('is late once the instance has ended %s it, at once', async (_, before) => {
      await client.start({ workflow: 'W', id, input: null });
      if (before) await step({ status: 'Failed' });
      const seq = await raised();
      const outcome = client.settled(id, seq, PATIENCE);
      if (!before) await step({ status: 'Failed' });
      expect(await outcome).toMatchObject({ outcome: 'late', why: 'the instance is Failed' });
    });

    it('is not known while an input may open the instance again, or nobody took it yet', async () => {
      await client.start({ workflow: 'W', id, input: null });
      expect(await client.settled(id, await raised(), 30)).toBeUndefined();
      await step({ status: 'Failed' });
      expect(await client.settled(id, await raised(), 30, true)).toBeUndefined();
    });

    it('is late for an instance that is gone, or is about to be', async () => {
      await client.start({ workflow: 'W', id, input: null });
      await step({ status: 'Failed', purged: true });
      expect(await client.settled(id, await raised(), PATIENCE, true)).toMatchObject({ outcome: 'late' });
      await logs.at(0).purge(subjects.all);
      expect(await client.settled(id, await raised(), PATIENCE, true)).toMatchObject({ outcome: 'late' });
    });
  });

  describe('whether an instance is purged', () => {
    it('is seen as soon as it is gone, also when its id is taken again', async () => {
      const ended = await step({ status: 'Completed' });
      const purged = client.purged(id, ended, PATIENCE);
      await step({ status: 'Completed', purged: true });
      await logs.at(0).purge(subjects.step);
      expect(await purged).toBe(true);
      await step();
      expect(await client.purged(id, ended, PATIENCE)).toBe(true);
    });

    it('is no while nobody did it', async () => {
      const ended = await step({ status: 'Completed' });
      expect(await client.purged(id, ended, 30)).toBe(false);
      await step({ status: 'Completed', purged: true });
      expect(await client.purged(id, ended, 30)).toBe(false);
    });

    it('hazard 12: is superseded when the instance went on', async () => {
      const ended = await step({ status: 'Failed' });
      await step({ status: 'Running' });
      expect(await client.purged(id, ended, PATIENCE)).toBe('superseded');
    });
  });
});
