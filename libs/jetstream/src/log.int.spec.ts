import { InstanceSubjects } from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import type { OutgoingMessage, StoredMessage } from '@countersign/workflow';
import { JetStreamConnection } from './connection';
import { consumeInputs } from './inputs';
import type { JetStreamLog } from './log';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';
import { watch } from './watch';

describe('JetStreamLog', () => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  let logs: ShardLogs;
  let log: JetStreamLog;
  let count = 0;
  let subjects: InstanceSubjects;

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [], pinCoordinators: false });
    logs = new ShardLogs(connection, 1);
    log = logs.at(0);
  });
  beforeEach(() => {
    subjects = new InstanceSubjects(0, `i${++count}`);
  });
  afterAll(async () => {
    logs.close();
    await connection.close();
    await server.stop();
  });

  const publish = async (message: OutgoingMessage): Promise<number> => {
    const outcome = await log.publish(message);
    if (outcome.kind !== 'stored') throw new Error(JSON.stringify(outcome));
    return outcome.seq;
  };
  const published = (subject: string, n: number) =>
    Promise.all(Array.from({ length: n }, (_, i) => publish({ subject, body: String(i) })));
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    const seen = await watch(connection.nc, subjects.all, look, 10_000);
    if (seen === undefined) throw new Error('did not happen within 10 s');
    return seen;
  };

  it('reads a subject in more than one batch, from any sequence on', async () => {
    const seqs = await published(subjects.input, 2500);
    await published(subjects.step, 3);
    const all = await log.read(subjects.input);
    expect(all.map(({ seq }) => seq)).toEqual(seqs);
    expect(all.map(({ body }) => Number(body))).toEqual(seqs.map((_, i) => i));
    expect(await log.read(subjects.input, seqs[2400])).toEqual(all.slice(2400));
    expect(await log.read(subjects.input, seqs.at(-1)! + 1)).toEqual([]);
    expect(await log.read(new InstanceSubjects(0, 'nobody').input)).toEqual([]);
  });

  it('gives the same message, its time in whole milliseconds included, on every way', async () => {
    await published(subjects.input, 50);
    const delivered = new Map<number, StoredMessage>();
    const all = await log.read(subjects.input);
    await new Promise<void>((resolve) => {
      void consumeInputs(connection, 0, {
        onDelivery: (delivery) => {
          delivery.ack();
          delivered.set(delivery.message.seq, delivery.message);
          if (delivery.message.seq === all.at(-1)?.seq) resolve();
        },
      }).then((consumer) => (stop = () => consumer.stop()));
    });
    await stop();
    expect(await log.readFromLeader(subjects.input)).toEqual(all);
    expect(all.map(({ seq }) => delivered.get(seq))).toEqual(all);
    expect(await log.first(subjects.input)).toEqual(all[0]);
    expect(await log.last(subjects.input)).toEqual(all.at(-1));
    expect(await log.lastFromAny(subjects.input)).toEqual(all.at(-1));
    expect(all.every(({ at }) => Number.isInteger(at) && Math.abs(at - Date.now()) < 60_000)).toBe(true);
  });
  let stop: () => Promise<void>;

  it('keeps bodies of any text', async () => {
    for (const body of ['', '{"a":"ü€😀"}']) {
      await publish({ subject: subjects.step, body });
      expect(await log.last(subjects.step)).toMatchObject({ body });
      expect((await log.read(subjects.step)).at(-1)).toMatchObject({ body });
    }
  });

  it('finds nothing where there is nothing', async () => {
    expect(await log.first(subjects.input)).toBeUndefined();
    expect(await log.last(subjects.input)).toBeUndefined();
    expect(await log.lastFromAny(subjects.input)).toBeUndefined();
    expect(await log.readFromLeader(subjects.input)).toEqual([]);
    expect(await log.subjects(subjects.all)).toEqual([]);
    await log.purge(subjects.all);
  });

  it('deletes one message, and does not mind when it is gone', async () => {
    const [first, second] = await published(subjects.input, 2);
    await log.delete(first!);
    await log.delete(first!);
    await log.delete(9_999_999);
    expect((await log.read(subjects.input)).map(({ seq }) => seq)).toEqual([second]);
  });

  it('lists and purges the subjects that match', async () => {
    await published(subjects.input, 1);
    await published(subjects.task('q', 'a', 1, 1), 1);
    await published(subjects.task('q', 'a', 1, 2), 1);
    expect((await log.subjects(subjects.tasks)).toSorted()).toEqual([
      subjects.task('q', 'a', 1, 1),
      subjects.task('q', 'a', 1, 2),
    ]);
    await log.purge(subjects.tasks);
    expect(await log.subjects(subjects.all)).toEqual([subjects.input]);
  });

  it('fires a schedule into its target, and leaves nothing of it', async () => {
    const at = Date.now() + 300;
    const body = '{"type":"timer"}';
    await publish({
      subject: subjects.timer(1, 1),
      body,
      schedule: { at, target: subjects.input },
      expectedLast: 0,
    });
    const fired = await until(() => log.last(subjects.input));
    expect(fired).toMatchObject({ subject: subjects.input, body });
    expect(fired.at).toBeGreaterThanOrEqual(at);
    expect(await log.subjects(subjects.all)).toEqual([subjects.input]);
  });

  it('fires a schedule of the past at once', async () => {
    const schedule = { at: Date.now() - 60_000, target: subjects.input };
    await publish({ subject: subjects.timer(1, 'w'), body: 'late', schedule });
    await until(() => log.last(subjects.input));
  });

  it('cancels a schedule in the commit of a step, and not when that is refused', async () => {
    const timer = subjects.timer(1, 1);
    await publish({
      subject: timer,
      body: '',
      schedule: { at: Date.now() + 60_000, target: subjects.input },
    });
    const step = { subject: subjects.step, body: '{}', cancelsSchedule: timer };
    expect(await log.publish({ ...step, expectedLast: 7 })).toEqual({ kind: 'conflict', last: 0 });
    expect(await log.subjects(subjects.timers)).toEqual([timer]);
    await publish({ ...step, expectedLast: 0 });
    expect(await log.subjects(subjects.timers)).toEqual([]);
  });

  it('keeps one message of a rolled-up subject, for its time to live', async () => {
    const subject = subjects.progress(1, 1);
    await publish({ subject, body: '1', rollup: true, ttl: 60_000 });
    await publish({ subject, body: '2', rollup: true, ttl: 400 });
    expect(await log.read(subject)).toMatchObject([{ body: '2' }]);
    await until(async () => (await log.last(subject)) === undefined || undefined);
  });

  it('asks again after a reconnect what was not answered', async () => {
    await published(subjects.step, 3);
    const down = new Promise<void>((resolve) => connection.onDisconnect(resolve));
    await server.kill();
    await down;
    const readings = [log.read(subjects.step), log.readFromLeader(subjects.step)];
    await server.restart();
    for (const messages of await Promise.all(readings)) expect(messages).toHaveLength(3);
  }, 20_000);

  it('says that storage is unavailable when nobody answers in time', async () => {
    await server.kill();
    const refusal = { code: 'StorageUnavailable', retryable: true };
    await Promise.all([
      expect(log.last(subjects.input)).rejects.toMatchObject(refusal),
      expect(log.read(subjects.input)).rejects.toMatchObject(refusal),
      expect(log.subjects(subjects.all)).rejects.toMatchObject(refusal),
    ]);
    await server.restart();
  }, 20_000);
});
