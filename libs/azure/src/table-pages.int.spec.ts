/** Range queries on a real table (Azurite). */
import { odata, TableClient } from '@azure/data-tables';
import { type Azurite, startAzurite } from '@countersign/testing';
import { type PartitionRange, Table } from './table';
import { allOf } from './testing/all-of';

interface Visit {
  readonly guest?: string;
  readonly room: string;
}

const KEYS = ['2021-10-09', '2021-10-10', '2021-10-10-x', "2021-10-10'", '2021-10-11', '2021-10-12'];
const ROWS = 7;

let azurite: Azurite;
let visits: Table<Visit>;
beforeAll(async () => {
  azurite = await startAzurite();
  visits = new Table<Visit>(azurite.connectionString, 'visits');
  for (const partitionKey of KEYS)
    for (let row = 0; row < ROWS; row++)
      await visits.insert({ partitionKey, rowKey: `${row}` }, { guest: `${partitionKey}/${row}`, room: '1' });
});
afterAll(() => azurite.stop());

const guestsOf = async (range: PartitionRange, pageRows?: number) => {
  const pages = await allOf(visits.pages({ range, select: ['guest'], ...(pageRows && { pageRows }) }));
  return pages.flatMap(({ rows }) => rows.map(({ guest }) => guest ?? ''));
};
const partitionsOf = (guests: readonly string[]) => [...new Set(guests.map((guest) => guest.split('/')[0]))];

describe('the pages of a query', () => {
  it('hold the partitions from the first key on, the last one included with le', async () => {
    const guests = await guestsOf({ from: '2021-10-10', to: { le: '2021-10-11' } });
    expect(partitionsOf(guests)).toEqual(['2021-10-10', "2021-10-10'", '2021-10-10-x', '2021-10-11']);
    expect(guests).toHaveLength(4 * ROWS);
  });

  it('end before the last key with lt', async () => {
    const guests = await guestsOf({ from: '2021-10-10', to: { lt: '2021-10-11' } });
    expect(partitionsOf(guests)).toEqual(['2021-10-10', "2021-10-10'", '2021-10-10-x']);
  });

  it('take keys as they are, quotes included', async () => {
    expect(partitionsOf(await guestsOf({ from: "2021-10-10'", to: { le: "2021-10-10'" } }))).toEqual([
      "2021-10-10'",
    ]);
  });

  it('hold at most the wanted number of rows, and only the wanted columns', async () => {
    const range = { from: '2021-10-09', to: { le: '2021-10-12' } };
    const pages = await allOf(visits.pages({ range, select: ['room'], pageRows: 5 }));
    expect(Math.max(...pages.map(({ rows }) => rows.length))).toBe(5);
    expect(pages[0]?.rows[0]).toMatchObject({ room: '1' });
    expect(pages[0]?.rows[0]).not.toHaveProperty('guest');
  });

  it('meet a condition of their own', async () => {
    const range = { from: '2021-10-09', to: { le: '2021-10-12' } };
    const where = odata`guest eq ${'2021-10-10/3'} or guest eq ${'1999-01-01/0'}`;
    const pages = await allOf(visits.pages({ range, where, select: ['guest'] }));
    expect(pages.flatMap(({ rows }) => rows.map(({ guest }) => guest))).toEqual(['2021-10-10/3']);
  });

  it('go on where another reader stopped, whichever page that was', async () => {
    const range = { from: '2021-10-09', to: { le: '2021-10-12' } };
    const query = { range, select: ['guest'], pageRows: 4 } as const;
    const whole = await guestsOf(range, 4);
    const pages = await allOf(visits.pages(query));
    for (const [index, { next }] of pages.entries()) {
      if (next === undefined) continue;
      const rest = await allOf(new Table<Visit>(azurite.connectionString, 'visits').pages(query, next));
      const guests = rest.flatMap(({ rows }) => rows.map(({ guest }) => guest));
      expect(guests).toEqual(whole.slice((index + 1) * 4));
    }
    expect(pages.at(-1)).not.toHaveProperty('next');
  });

  it('are empty where nothing matches, as in a range that ends before it begins', async () => {
    expect(await guestsOf({ from: '2022', to: { le: '2023' } })).toEqual([]);
    expect(await guestsOf({ from: '2021-10-12', to: { le: '2021-10-10' } })).toEqual([]);
  });

  it('of a table that does not exist fail for good', async () => {
    const missing = new Table<Visit>(azurite.connectionString, 'nosuchtable');
    const range = { from: '0', to: { le: '9' } };
    await expect(missing.pages({ range, select: ['guest'] }).next()).rejects.toMatchObject({
      code: 'TableMissing',
      retryable: false,
      message: 'There is no table nosuchtable.',
    });
  });

  it('stop coming when the caller gives up', async () => {
    const range = { from: '2021-10-09', to: { le: '2021-10-12' } };
    const stopped = new AbortController();
    const pages = visits.pages({ range, select: ['guest'], pageRows: 3 }, undefined, stopped.signal);
    await pages.next();
    stopped.abort();
    await expect(pages.next()).rejects.toMatchObject({ code: 'TableUnavailable' });
  });

  it('come as from the client itself', async () => {
    const client = TableClient.fromConnectionString(azurite.connectionString, 'visits', {
      allowInsecureConnection: true,
    });
    const all = await allOf(client.listEntities<Visit>());
    expect(await guestsOf({ from: '', to: { le: '~' } }, 6)).toEqual(all.map(({ guest }) => guest));
  });
});
