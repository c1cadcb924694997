/** The activities on real storage (Azurite): right numbers, whoever dies, overlaps or is told to stop. */
import { type CountDistinctProgress } from '@countersign/contracts';
import { type ActivityContext } from '@countersign/jetstream';
import { loadConfig } from '@countersign/service';
import { type Azurite, contextOf, startAzurite, until } from '@countersign/testing';
import { CheckpointStore } from './checkpoint/checkpoint-store.client';
import { DiscardCheckpointHandler } from './checkpoint/discard-checkpoint';
import { QueryWorkerConfig } from './config';
import { AuditTable } from './count/audit-table.client';
import { CountDistinctHandler } from './count/count-distinct';
import { slicesOf } from './count/slices';
import { Tally } from './count/tally';
import { type AuditRow, counted, writeRows } from './testing/audit';
import { Gate } from './testing/gate';

const DAYS = { start: '2021-10-10', end: '2021-10-14' };
const PER_DAY = 40;

/** Rows of every kind: on the edges, with longer keys, without a certificate, without a number. */
const rows: AuditRow[] = [
  '2021-10-09',
  '2021-10-09-x',
  '2021-10-10',
  '2021-10-10-x',
  "2021-10-11'1",
  '2021-10-11',
  '2021-10-12',
  '2021-10-13',
  '2021-10-14',
  '2021-10-14-x',
  '2021-10-15',
  'zzz',
].flatMap((partitionKey, day) =>
  Array.from({ length: PER_DAY }, (_, n) => ({
    partitionKey,
    rowKey: String(n).padStart(4, '0'),
    CertNumber: n % 7 === 0 ? '' : `C${n}`,
    ...(n % 11 !== 0 && {
      identificationNumber: `${n % 2 ? 'shared' : partitionKey}-${(n * 13 + day) % 31}`,
    }),
  })),
);

let azurite: Azurite;
const gates: Gate[] = [];
let instances = 0;
beforeAll(async () => {
  azurite = await startAzurite({ table: true, blob: true });
  await writeRows(azurite.connectionString, 'audit', rows);
});
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.cut();
});
afterAll(() => azurite.stop());

/** Seconds between two checkpoints. */
const OFTEN = 0.01;
const NEVER = 1_000;

function configOf(over: Partial<QueryWorkerConfig> = {}): QueryWorkerConfig {
  const env = {
    TABLES_CONNECTION_STRING: azurite.connectionString,
    BLOBS_CONNECTION_STRING: azurite.connectionString,
    PAGE_ROWS: '5',
  };
  return Object.assign(new QueryWorkerConfig(), loadConfig(QueryWorkerConfig, env), over);
}

/** The activity, of an instance of its own unless the context is given. */
const count = (config = configOf(), context: ActivityContext = newContext(), days = DAYS) =>
  new CountDistinctHandler(new AuditTable(config), new CheckpointStore(config), config).count(days, context);
const newContext = (): ActivityContext => contextOf(`query ${++instances}`);

/** A worker whose ways to the storage can be watched, held back and cut. */
async function gatedWorker(over: Partial<QueryWorkerConfig> = {}) {
  const tables = await Gate.start({
    target: new URL(azurite.tableUrl).origin,
    service: 'Table',
    guards: ({ method, url }) => method === 'GET' && (url ?? '').includes('/audit('),
  });
  const blobs = await Gate.start({
    target: new URL(azurite.blobUrl).origin,
    service: 'Blob',
    guards: ({ url }) => (url ?? '').includes('comp=appendblock'),
  });
  gates.push(tables, blobs);
  const config = configOf({ tables: tables.connectionString, blobs: blobs.connectionString, ...over });
  return { tables, blobs, config, die: () => Promise.all([tables.cut(), blobs.cut()]) };
}

/** What the checkpoint of an activity says now. */
async function savedFor(context: ActivityContext): Promise<CountDistinctProgress> {
  const tally = new Tally(slicesOf(DAYS.start, DAYS.end));
  await new CheckpointStore(configOf()).of(context).recall(tally, context.signal);
  return tally.progress;
}

const expected = counted(rows, DAYS.start, DAYS.end);

describe('this spec', () => {
  it('has rows that tell the edges apart: only keys from the first to the last day make a difference', () => {
    const without = (key: string) =>
      counted(
        rows.filter((row) => row.partitionKey !== key),
        DAYS.start,
        DAYS.end,
      );
    for (const key of ['2021-10-10', '2021-10-10-x', "2021-10-11'1", '2021-10-14'])
      expect(without(key).distinct).toBeLessThan(expected.distinct);
    for (const key of ['2021-10-09-x', '2021-10-14-x']) expect(without(key)).toEqual(expected);
  });
});

describe('query.countDistinct', () => {
  it('gives the same number as counting in memory, for every range', async () => {
    for (const [start, end] of [
      ['2021-10-10', '2021-10-14'],
      ['2021-10-09', '2021-10-10'],
      ['2021-10-10', '2021-10-10'],
      ['2021-10-11', '2021-10-13'],
      ['2021-01-01', '2021-12-31'],
      ['1999-01-01', '1999-01-31'],
      ['2021-10-14', '2021-10-10'],
    ] as const)
      expect([start, end, await count(configOf({ pageRows: 1_000 }), newContext(), { start, end })]).toEqual([
        start,
        end,
        counted(rows, start, end).distinct,
      ]);
  });

  it('asks for no row without a certificate, and for no row twice', async () => {
    const { tables, config } = await gatedWorker();
    expect(await count(config)).toBe(expected.distinct);
    expect(tables.rows).toBe(expected.rows);
  });

  it('counts the same one after the other as in parallel', async () => {
    expect(await count(configOf({ parallelReads: 1 }))).toBe(expected.distinct);
  });

  it('reports at once, and at its end, how far it is', async () => {
    const reported: unknown[] = [];
    const context = { ...newContext(), progress: async (value: unknown) => void reported.push(value) };
    await count(configOf(), context);
    expect(reported[0]).toEqual({ partitions: 5, partitionsDone: 0, rows: 0, distinct: 0 });
    expect(reported.at(-1)).toEqual({ partitions: 5, partitionsDone: 5, ...expected });
  });
});

describe('a worker that dies', () => {
  it('leaves a checkpoint from which its successor reads on: nothing is read twice that was saved', async () => {
    const context = newContext();
    const first = await gatedWorker({ checkpointSeconds: OFTEN });
    first.tables.allow(11);
    void count(first.config, context).catch(() => undefined);
    await until(() => first.tables.passed === 11);
    await until(async () => (await savedFor(context)).rows === first.tables.rows);
    const saved = first.tables.rows;
    // From here on nothing of it is saved any more.
    first.blobs.allow(0);
    first.tables.allow(9);
    await until(() => first.tables.passed === 20 && first.blobs.waiting.length > 0);
    await first.die();

    expect((await savedFor(context)).rows).toBe(saved);
    const second = await gatedWorker();
    expect(await count(second.config, { ...context, attempt: 2 })).toBe(expected.distinct);
    expect(saved).toBeGreaterThan(30);
    expect(second.tables.rows).toBe(expected.rows - saved);
  });

  it('again and again, at any page, still leads to the right number', async () => {
    const context = newContext();
    let read = 0;
    for (let attempt = 1; attempt <= 6; attempt++) {
      const worker = await gatedWorker({ checkpointSeconds: OFTEN, parallelReads: 3 });
      worker.tables.allow(2 * attempt);
      const before = (await savedFor(context)).rows;
      void count(worker.config, context).catch(() => undefined);
      await until(() => worker.tables.passed === 2 * attempt);
      if (attempt % 2) await until(async () => (await savedFor(context)).rows > before);
      await worker.die();
      read += worker.tables.rows;
    }
    const last = await gatedWorker();
    const { rows: saved } = await savedFor(context);
    expect(await count(last.config, context)).toBe(expected.distinct);
    expect(last.tables.rows).toBe(expected.rows - saved);
    expect(read).toBeGreaterThanOrEqual(saved);
  });

  it('before it has saved anything costs all that it read, and no more', async () => {
    const context = newContext();
    const first = await gatedWorker({ checkpointSeconds: NEVER });
    first.tables.allow(10);
    void count(first.config, context).catch(() => undefined);
    await until(() => first.tables.passed === 10);
    await first.die();
    const second = await gatedWorker();
    expect(await count(second.config, context)).toBe(expected.distinct);
    expect(second.tables.rows).toBe(expected.rows);
  });
});

describe('two workers at once', () => {
  it('both give the right number, and so does who comes after them', async () => {
    const context = newContext();
    const over = { checkpointSeconds: OFTEN };
    const [slow, quick] = [await gatedWorker(over), await gatedWorker({ ...over, parallelReads: 2 })];
    slow.tables.allow(7);
    const slowly = count(slow.config, context);
    await until(() => slow.tables.passed === 7);
    quick.tables.allow(12);
    const quickly = count(quick.config, context);
    await until(() => quick.tables.passed === 12);
    slow.tables.allow(5);
    await until(() => slow.tables.passed === 12);
    quick.tables.allow(Infinity);
    expect(await quickly).toBe(expected.distinct);
    slow.tables.allow(Infinity);
    expect(await slowly).toBe(expected.distinct);
    expect(await count(configOf(), context)).toBe(expected.distinct);
  });
});

describe('a query that is not wanted any more', () => {
  it('stops when its checkpoint is discarded, and does not make it anew', async () => {
    const context = newContext();
    const { tables, config } = await gatedWorker({ checkpointSeconds: OFTEN });
    tables.allow(3);
    const counting = count(config, context);
    const stopped = expect(counting).rejects.toMatchObject({ code: 'CheckpointGone', retryable: true });
    await until(async () => (await savedFor(context)).rows > 0);
    const discard = new DiscardCheckpointHandler(new CheckpointStore(configOf()));
    const cleanup = contextOf(context.instanceId, context.n + 1);
    expect(await discard.discard({}, cleanup)).toEqual({ discarded: 1 });
    tables.allow(2);
    await stopped;
    expect(await discard.discard({}, cleanup)).toEqual({ discarded: 0 });
  });

  it('loses the checkpoints of its own run only', async () => {
    const store = new CheckpointStore(configOf());
    const mine = newContext();
    const others = [{ ...mine, run: 2 }, { ...mine, run: 11 }, newContext()];
    const again = { ...mine, n: 5 };
    for (const context of [mine, again, ...others])
      await store.of(context).recall(new Tally([]), context.signal);
    expect(await store.discard(mine)).toBe(2);
    for (const context of others) expect(await store.discard(context)).toBe(1);
  });

  it('is swept when nobody has added to it for days', async () => {
    const store = new CheckpointStore(configOf());
    const context = newContext();
    await store.of(context).recall(new Tally([]), context.signal);
    await store.sweep(new Date(Date.now() - 60_000));
    expect(await store.discard(context)).toBe(1);
    await store.of(context).recall(new Tally([]), context.signal);
    expect(await store.sweep(new Date(Date.now() + 60_000))).toBeGreaterThan(0);
    expect(await store.discard(context)).toBe(0);
  });
});

describe('a worker that is told to stop', () => {
  it('stops at once, in the middle of a page, and saves what it has', async () => {
    const told = new AbortController();
    const context = { ...newContext(), signal: told.signal };
    const first = await gatedWorker({ checkpointSeconds: NEVER });
    first.tables.allow(9);
    const stopped = expect(count(first.config, context)).rejects.toMatchObject({ retryable: true });
    await until(() => first.tables.passed === 9 && first.tables.waiting.length > 0);
    told.abort(new Error('stopping'));
    await stopped;
    const { rows: saved } = await savedFor(newContextOf(context));
    expect(saved).toBeGreaterThan(0);
    const second = await gatedWorker();
    expect(await count(second.config, newContextOf(context))).toBe(expected.distinct);
    expect(second.tables.rows).toBe(expected.rows - saved);
  });
});

/** The same activity, not stopped. */
const newContextOf = ({ instanceId, n }: ActivityContext) => contextOf(instanceId, n);

describe('a storage', () => {
  it('without the table is a wrong setting: it fails for good and names it', async () => {
    await expect(count(configOf({ auditTable: 'nosuchtable' }))).rejects.toMatchObject({
      code: 'AuditTableMissing',
      retryable: false,
      message: 'There is no table nosuchtable: check AUDIT_TABLE and TABLES_CONNECTION_STRING.',
    });
  });

  it('that refuses the key fails for good', async () => {
    const wrong = (text: string) => text.replace(/AccountKey=[^;]*/, `AccountKey=${btoa('wrong')}`);
    const tables = wrong(azurite.connectionString);
    await expect(count(configOf({ tables }))).rejects.toMatchObject({
      code: 'TableRefused',
      retryable: false,
    });
    await expect(count(configOf({ blobs: tables }))).rejects.toMatchObject({
      code: 'BlobRefused',
      retryable: false,
    });
  });

  it('that is away fails so that it can be tried again', async () => {
    const away = await gatedWorker();
    await away.die();
    await expect(
      count(Object.assign(new QueryWorkerConfig(), away.config, { blobs: azurite.connectionString })),
    ).rejects.toMatchObject({
      code: 'TableUnavailable',
      retryable: true,
    });
    await expect(count(away.config)).rejects.toMatchObject({ code: 'BlobUnavailable', retryable: true });
  });
});
