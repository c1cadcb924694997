import { InstanceSubjects } from '@countersign/contracts';
import { aStep, type NatsServer, startNatsServer } from '@countersign/testing';
import type { Json, Step } from '@countersign/workflow';
import { JetStreamConnection } from './connection';
import { onHint } from './hints';
import { stepsBetween } from './journal';
import { JetStreamLog } from './log';
import { readProgress } from './progress';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';

let server: NatsServer;
let connection: JetStreamConnection;
let logs: ShardLogs;

beforeAll(async () => {
  server = await startNatsServer();
  connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
  await ensureTopology(connection, { shards: 1, durability: 'single', queues: [], pinCoordinators: false });
  logs = new ShardLogs(connection, 1);
});
afterAll(async () => {
  logs.close();
  await connection.close();
  await server.stop();
});
afterEach(() => jest.restoreAllMocks());

async function publish(subject: string, body: Json, rollup = false): Promise<number> {
  const outcome = await logs.at(0).publish({ subject, body: JSON.stringify(body), rollup });
  if (outcome.kind !== 'stored') throw new Error(`Nothing was stored: ${outcome.kind}`);
  return outcome.seq;
}
const report = (id: string, n: number, record: Json, run = 1) =>
  publish(new InstanceSubjects(0, id).progress(run, n), record, true);
const step = (id: string, customStatus: Json) =>
  publish(new InstanceSubjects(0, id).step, { ...aStep({ customStatus }) } as unknown as Json);
const viewOf = (id: string, more: Partial<Step>) => {
  const written = aStep(more);
  return { id, seq: 1, status: written.status, step: written };
};

describe('the progress of an instance', () => {
  it('is the newest report of an open activity of this run', async () => {
    await report('p', 1, { starts: 1, failures: 0, value: 'first' });
    const seq = await report('p', 2, { starts: 1, failures: 0, value: null });
    await report('p', 3, { starts: 1, failures: 1, lastError: 'no value' });
    await report('p', 4, { starts: 1, failures: 0, value: 'not open' });
    await report('p', 2, { starts: 1, failures: 0, value: 'of another run' }, 9);
    expect(await readProgress(logs, viewOf('p', { tasks: [1, 2, 3] }))).toEqual({ seq, value: null });
    expect(await readProgress(logs, viewOf('p', { tasks: [3] }))).toBeUndefined();
  });

  it.each<Partial<Step>>([{}, { tasks: [] }, { tasks: [1], status: 'Completed' }])(
    'is not looked for where nothing is open: %j',
    async (more) => {
      await report('closed', 1, { starts: 1, failures: 0, value: 1 });
      const reads = jest.spyOn(JetStreamLog.prototype, 'lastFromAny');
      expect(await readProgress(logs, viewOf('closed', more))).toBeUndefined();
      expect(reads).not.toHaveBeenCalled();
    },
  );

  it('is asked of the leader when the caller knows of a newer report', async () => {
    const seq = await report('behind', 1, { starts: 1, failures: 0, value: 'new' });
    jest.spyOn(JetStreamLog.prototype, 'lastFromAny').mockResolvedValue(undefined);
    expect(await readProgress(logs, viewOf('behind', { tasks: [1] }))).toBeUndefined();
    expect(await readProgress(logs, viewOf('behind', { tasks: [1] }), seq)).toEqual({ seq, value: 'new' });
  });
});

describe('the steps between two steps', () => {
  async function journal(id: string, count: number): Promise<number[]> {
    const seqs: number[] = [];
    for (let i = 0; i < count; i++) seqs.push(await step(id, i));
    return seqs;
  }
  async function between(id: string, after = 0, before = 0): Promise<unknown[]> {
    const found: unknown[] = [];
    for await (const { step } of stepsBetween(logs, id, after, before)) found.push(step.customStatus);
    return found;
  }

  it('are those, in order, however many, and none of another instance', async () => {
    const seqs = await journal('many', 100);
    await journal('many-more', 3);
    expect(await between('many', seqs[0], seqs.at(-1))).toEqual(Array.from({ length: 98 }, (_, i) => i + 1));
    expect(await between('many', seqs[3], seqs[4])).toEqual([]);
  });

  it.each([0, 2])('are asked of the leader where a replica has only %d of them', async (has) => {
    const id = `behind-${has}`;
    const seqs = await journal(id, 6);
    const readSome = JetStreamLog.prototype.readSome;
    jest.spyOn(JetStreamLog.prototype, 'readSome').mockImplementation(async function (
      this: JetStreamLog,
      ...args
    ) {
      return (await readSome.apply(this, args)).filter(({ seq }) => seq <= (seqs[has] ?? 0));
    });
    expect(await between(id, seqs[0], seqs[5])).toEqual([1, 2, 3, 4]);
  });
});

describe('hints', () => {
  const heard = async (id: string, options: { progress: boolean }, act: () => Promise<unknown>) => {
    const hints: string[] = [];
    const stop = onHint(logs, id, (of) => hints.push(of), options);
    await connection.nc.flush();
    await act();
    await connection.nc.flush();
    stop();
    await act();
    await connection.nc.flush();
    return hints;
  };
  const both = (id: string) => async () => {
    await step(id, 1);
    await report(id, 1, { starts: 1, failures: 0, value: 1 });
  };

  it('come for steps, and for progress where that is wanted, until they are not wanted any more', async () => {
    expect(await heard('h', { progress: false }, both('h'))).toEqual(['step']);
    expect(await heard('h', { progress: true }, both('h'))).toEqual(['step', 'progress']);
    expect(await heard('h', { progress: true }, both('other'))).toEqual([]);
  });

  it('come when the connection is back: something may have been missed', async () => {
    const hint = new Promise<string>((resolve) => {
      const stop = onHint(logs, 'back', (of) => (stop(), resolve(of)), { progress: false });
    });
    await connection.nc.reconnect();
    expect(await hint).toBe('step');
  });
});
