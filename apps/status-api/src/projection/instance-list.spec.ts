import { aStep } from '@countersign/testing';
import type { FeedRecord } from '@countersign/jetstream';
import type { RuntimeStatus, Step } from '@countersign/workflow';
import { InstanceList } from './instance-list';
import type { ListFilter } from './list-filter';
import { type Cursor, readToken, tokenOf } from './page-token';
import type { Projection } from './projection';
import { ProjectionStore } from './store';

let store: ProjectionStore;
let list: InstanceList;
let seq: number;
beforeEach(() => {
  store = new ProjectionStore({ shards: 1 });
  store.position(0, { created: '', lastSeq: 0 });
  list = new InstanceList({ store } as unknown as Projection);
  seq = 0;
});
afterEach(() => store.close());

const put = (id: string, more: Partial<Step>) =>
  store.take(0, [{ kind: 'step', id, seq: ++seq, step: aStep(more) }], true);
const remove = (id: string) => store.take(0, [{ kind: 'purged', id, seq: seq + 1, upTo: seq++ }], true);

async function everyPage(
  filter: ListFilter,
  top: number,
  between: () => void = () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let cursor: Cursor | undefined;
  do {
    const { rows, next } = await list.page(filter, top, cursor);
    expect(rows.length).toBeLessThanOrEqual(top);
    ids.push(...rows.map(({ id }) => id));
    between();
    expect(next === undefined || next.id !== cursor?.id).toBe(true); // or it would never end
    cursor = next && (readToken(filter, tokenOf(filter, next)) as Cursor);
  } while (cursor !== undefined);
  return ids;
}

describe('the pages of a list', () => {
  it('are in the order of the starts, those of one millisecond by id', async () => {
    for (const [id, createdAt] of [
      ['d', 2],
      ['é', 1],
      ['b', 1],
      ['a', 3],
      ['Z', 1],
    ] as const)
      put(id, { createdAt });
    for (const top of [1, 2, 3, 100]) expect(await everyPage({}, top)).toEqual(['Z', 'b', 'é', 'd', 'a']);
  });

  it('have no empty page at their end', async () => {
    for (const id of ['a', 'b']) put(id, {});
    expect((await list.page({}, 2)).next).toBeUndefined();
  });

  it('reach across more rows than are looked at in one go', async () => {
    const records = Array.from({ length: 12_000 }, (_, i): FeedRecord => {
      const status = i % 4000 === 0 ? 'Failed' : 'Completed';
      return {
        kind: 'step',
        id: `i${i}`,
        seq: i + 1,
        step: aStep({ createdAt: Math.floor(i / 100), status }),
      };
    });
    store.take(0, records, true);
    expect(await everyPage({ statuses: ['Failed'] }, 2)).toEqual(['i0', 'i4000', 'i8000']);
    expect(new Set(await everyPage({}, 1000)).size).toBe(12_000);
    expect(await everyPage({ createdFrom: 119, createdTo: 119 }, 100)).toHaveLength(100);
  });

  it('end early when they grow large', async () => {
    for (let i = 0; i < 100; i++) put(`i${100 + i}`, { result: 'x'.repeat(200_000) });
    const { rows, next } = await list.page({}, 100);
    expect(rows.length).toBeLessThan(60);
    expect(next).toBeDefined();
    expect(await everyPage({}, 100)).toHaveLength(100);
  });

  // Random changes between the pages: starts (young and, from another shard, less young), new states, purges, ids taken again.
  it.each(Array.from({ length: 30 }, (_, i) => i + 1))(
    'are right whatever happens between them (seed %d)',
    async (seed) => {
      let state = seed * 2_654_435_761;
      const random = (n: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        return (state >>> 8) % n;
      };
      const filter: ListFilter = seed % 2 ? { statuses: ['Running'] } : {};
      const status = (): RuntimeStatus => (random(3) === 0 ? 'Failed' : 'Running');
      const createdAt = new Map<string, number>();
      let now = 0;
      const start = (id: string) => {
        now += random(3);
        createdAt.set(id, now);
        put(id, { createdAt: now, status: status() });
      };
      for (let i = 0; i < 200; i++) start(`i${random(100_000)}`);
      const there = new Set(createdAt.keys());
      const mayBeMissed = new Set<string>();
      const seen = await everyPage(filter, 1 + random(40), () => {
        for (let change = random(20); change > 0; change--) {
          const ids = [...createdAt.keys()];
          const id = ids[random(ids.length)]!;
          const kind = random(4);
          if (kind === 0) start(`new${random(100_000)}`);
          else if (kind === 1) {
            put(id, { createdAt: createdAt.get(id)!, status: status() });
            if (filter.statuses) mayBeMissed.add(id);
          } else {
            remove(id);
            createdAt.delete(id);
            mayBeMissed.add(id);
            now += 1;
            if (kind === 2) start(id);
          }
        }
      });
      expect(new Set(seen).size).toBe(seen.length);
      const rows = [...store.rows<{ id: string; status: string }>('SELECT id, status FROM instances', [])];
      const statusNow = new Map(rows.map((row) => [row.id, row.status]));
      const missed = [...there].filter(
        (id) =>
          !mayBeMissed.has(id) && (!filter.statuses || statusNow.get(id) === 'Running') && !seen.includes(id),
      );
      expect(missed).toEqual([]);
    },
  );
});

describe('a filter', () => {
  beforeEach(() => {
    put('order 1', { createdAt: 10, workflow: 'ProcessOrder', customStatus: { stage: '50% done_' } });
    put('ORDER 2', { createdAt: 20, workflow: 'ProcessOrder', status: 'Completed' });
    const error = { code: 'FlexDeployUnauthorized', message: 'The password is wrong', retryable: false };
    put('task 8900', { createdAt: 30, status: 'Failed', error });
  });

  it.each<[string, ListFilter, string[]]>([
    ['nothing', {}, ['order 1', 'ORDER 2', 'task 8900']],
    ['a time from', { createdFrom: 20 }, ['ORDER 2', 'task 8900']],
    ['a time to', { createdTo: 20 }, ['order 1', 'ORDER 2']],
    ['one millisecond', { createdFrom: 20, createdTo: 20 }, ['ORDER 2']],
    ['times that exclude each other', { createdFrom: 21, createdTo: 20 }, []],
    ['statuses', { statuses: ['Completed', 'Failed'] }, ['ORDER 2', 'task 8900']],
    ['no status at all', { statuses: [] }, []],
    ['a prefix of the id, exactly', { idPrefix: 'order' }, ['order 1']],
    ['a workflow', { workflow: 'ProcessOrder' }, ['order 1', 'ORDER 2']],
    ['a text in the id', { text: 'order' }, ['order 1', 'ORDER 2']],
    ['a text in the workflow', { text: 'notify' }, ['task 8900']],
    ['a text in the custom status', { text: 'DONE' }, ['order 1']],
    ['a text in the error', { text: 'password' }, ['task 8900']],
    ['a percent sign', { text: '0% d' }, ['order 1']],
    ['a percent sign for itself', { text: 'o%r' }, []],
    ['an underscore for itself', { text: 'order_' }, []],
    ['a backslash for itself', { text: '\\' }, []],
    ['a quote for itself', { text: "' OR 1=1 --" }, []],
    [
      'everything',
      { text: 'order', workflow: 'ProcessOrder', statuses: ['Completed'], createdFrom: 1 },
      ['ORDER 2'],
    ],
  ])('of %s', async (_, filter, ids) => {
    expect(await everyPage(filter, 100)).toEqual(ids);
    expect(await everyPage(filter, 1)).toEqual(ids);
  });
});

describe('a token', () => {
  const cursor = { createdAt: 1, id: 'ü', bound: 9 };

  it('holds a place in a list', () => {
    expect(readToken({ text: 'a' }, tokenOf({ text: 'a' }, cursor))).toEqual(cursor);
  });

  it('fits no other filter', () => {
    expect(readToken({ text: 'b' }, tokenOf({ text: 'a' }, cursor))).toContain('another filter');
    expect(readToken({}, tokenOf({ text: 'a' }, cursor))).toContain('another filter');
  });

  it.each([
    'x',
    '',
    Buffer.from('[1,2]').toString('base64url'),
    Buffer.from('["a",1,2,3]').toString('base64url'),
  ])('is not just anything: %s', (text) => expect(readToken({}, text)).toContain('not a token'));
});
