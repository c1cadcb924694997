import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { FeedRecord } from '@countersign/jetstream';
import { aStep } from '@countersign/testing';
import type { Step } from '@countersign/workflow';
import { ProjectionStore, type StoreOptions } from './store';

const HOUR = 3_600_000;
const STREAM = { created: '2026-01-01T00:00:00Z', lastSeq: 1_000_000 };

let dir: string;
let file: string;
const stores: ProjectionStore[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'countersign-projection-'));
  file = join(dir, 'instances.sqlite');
});
afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  rmSync(dir, { recursive: true });
});

function open(options: Partial<StoreOptions> = {}): ProjectionStore {
  const store = new ProjectionStore({ file, shards: 1, ...options });
  stores.push(store);
  return store;
}
const close = () => stores.pop()?.close();
const step = (id: string, seq: number, more: Partial<Step> = {}): FeedRecord => ({
  kind: 'step',
  id,
  seq,
  step: aStep(more),
});
const purged = (id: string, upTo: number, seq = upTo + 1): FeedRecord => ({ kind: 'purged', id, seq, upTo });
const content = (store: ProjectionStore) =>
  [...store.rows<{ id: string; seq: number }>('SELECT id, seq FROM instances ORDER BY id', [])].map(
    ({ id, seq }) => [id, seq] as const,
  );

describe('taking steps in', () => {
  it('goes on after the last step, whatever notice came before it', () => {
    const store = open();
    store.position(0, STREAM);
    store.take(0, [step('a', 3)], true);
    store.take(0, [purged('b', 7)], true);
    expect(store.position(0, STREAM)).toBe(3);
  });

  it('keeps the newest of each instance, however often and in whatever order they come', () => {
    const store = open();
    store.position(0, STREAM);
    const records = [step('a', 1), step('b', 2), step('a', 3), step('c', 4)];
    store.take(0, records, true);
    store.take(0, [...records].reverse(), true);
    store.take(0, records, true);
    expect(content(store)).toEqual([
      ['a', 3],
      ['b', 2],
      ['c', 4],
    ]);
  });

  it('forgets what is purged, by its notice or its last step, and not what has taken its id since', () => {
    const store = open();
    store.position(0, STREAM);
    store.take(
      0,
      [step('a', 1), step('b', 2), step('c', 3), purged('a', 1), step('b', 5, { purged: true })],
      true,
    );
    expect(content(store)).toEqual([['c', 3]]);
    store.take(0, [step('c', 9), purged('c', 3, 10)], true);
    expect(content(store)).toEqual([['c', 9]]);
  });

  it('takes all of a batch or nothing', () => {
    const store = open();
    store.position(0, STREAM);
    const broken = { ...step('b', 2), step: { ...aStep({}), workflow: {} } } as unknown as FeedRecord;
    expect(() => store.take(0, [step('a', 1), broken], true)).toThrow();
    expect([content(store), store.position(0, STREAM)]).toEqual([[], 0]);
    store.take(0, [step('a', 1)], true);
    expect(content(store)).toEqual([['a', 1]]);
  });
});

describe('opening the file again', () => {
  function filled(options: Partial<StoreOptions> = {}): void {
    const store = open(options);
    store.position(0, STREAM);
    store.take(0, [step('a', 1), step('b', 2)], true);
    close();
  }

  it('goes on after the last batch', () => {
    filled();
    const store = open();
    expect([store.thrownAway, store.position(0, STREAM)]).toEqual([undefined, 2]);
    expect(content(store)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('finds whole batches in what a killed process leaves behind', () => {
    const store = open();
    store.position(0, STREAM);
    for (let batch = 0; batch < 20; batch++) {
      store.take(0, [step('a', batch * 2 + 1), step(`b${batch}`, batch * 2 + 2)], false);
      const copy = join(dir, `killed-${batch}.sqlite`);
      for (const suffix of ['', '-wal', '-shm'])
        if (existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
      // The end of the log is what was being written.
      const wal = readFileSync(`${copy}-wal`);
      truncateSync(`${copy}-wal`, wal.length - (batch % 3) * 500);
      const left = open({ file: copy });
      const position = left.position(0, STREAM);
      expect(left.thrownAway).toBeUndefined();
      expect(position % 2).toBe(0);
      expect(left.count()).toBe(position === 0 ? 0 : position / 2 + 1);
      close();
    }
  });

  it.each<[string, { created: string; lastSeq: number }]>([
    ['was made anew', { created: '2026-02-02T00:00:00Z', lastSeq: 1_000_000 }],
    ['is older than the file', { created: STREAM.created, lastSeq: 1 }],
  ])('forgets the shard when its stream %s', (_, stream) => {
    filled();
    const store = open();
    expect([store.position(0, stream), content(store)]).toEqual([0, []]);
    store.take(0, [step('c', 1)], true);
    expect(store.position(0, stream)).toBe(1);
  });

  it('forgets a shard that was not followed for so long that a purge may have been missed', () => {
    const start = 1_000_000 * HOUR;
    filled({ now: () => start });
    expect(open({ now: () => start + 19 * HOUR }).position(0, STREAM)).toBe(2);
    close();
    expect(open({ now: () => start + 21 * HOUR }).position(0, STREAM)).toBe(0);
  });

  it('counts the time from when nothing was missing, not from the last batch', () => {
    const start = 1_000_000 * HOUR;
    filled({ now: () => start });
    open({ now: () => start + 19 * HOUR }).take(0, [step('c', 3)], false);
    close();
    expect(open({ now: () => start + 21 * HOUR }).position(0, STREAM)).toBe(0);
    close();
    filled({ now: () => start + 30 * HOUR });
    open({ now: () => start + 49 * HOUR }).take(0, [], true);
    close();
    expect(open({ now: () => start + 60 * HOUR }).position(0, STREAM)).toBe(2);
  });

  it.each<[string, () => void, RegExp]>([
    ['garbage', () => writeFileSync(file, 'x'.repeat(10_000)), /broken/],
    ['half a file', () => truncateSync(file, 5000), /broken/],
    [
      'pages of zeros',
      () => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 4096), Buffer.alloc(20_000)])),
      /broken/,
    ],
    [
      'another version',
      () => {
        const db = new DatabaseSync(file);
        db.exec('PRAGMA user_version = 77');
        db.close();
      },
      /version 77/,
    ],
  ])('throws %s away', (_, spoil, why) => {
    filled();
    spoil();
    const store = open();
    expect(store.thrownAway).toMatch(why);
    expect([store.position(0, STREAM), content(store)]).toEqual([0, []]);
  });

  it('throws a file with another shard count away', () => {
    filled();
    expect(open({ shards: 2 }).thrownAway).toMatch(/1 shards/);
  });

  it('forgets one shard only, where only one is in doubt', () => {
    const store = open({ shards: 2 });
    for (const shard of [0, 1]) {
      store.position(shard, STREAM);
      store.take(shard, [step(`of ${shard}`, 5)], true);
    }
    close();
    const again = open({ shards: 2 });
    expect([again.position(0, { ...STREAM, created: 'later' }), again.position(1, STREAM)]).toEqual([0, 5]);
    expect(content(again)).toEqual([['of 1', 5]]);
  });
});
