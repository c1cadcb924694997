import { setImmediate as nextTurn } from 'node:timers/promises';
import { Reading, type ReadPages } from './reading';
import { type Slice, slicesOf } from './slices';
import { type CountedPage, Tally } from './tally';

const slices = slicesOf('2021-10-01', '2021-10-10');
const unaborted = () => new AbortController();
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    const stop = () => reject(new Error('aborted'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });

/** Parts of three pages each; tells how many are read at the same time. */
class Pages {
  readonly begun: string[] = [];
  reading = 0;
  most = 0;

  constructor(
    private readonly before: (page: number, signal: AbortSignal) => Promise<unknown> = () => nextTurn(),
  ) {}

  readonly read: ReadPages = (slice, from, signal) => this.pagesOf(slice, from, signal);

  private async *pagesOf(
    slice: Slice,
    from: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<CountedPage> {
    this.begun.push(slice.name);
    this.most = Math.max(this.most, ++this.reading);
    try {
      for (let page = Number(from ?? 0); page < 3; page++) {
        await this.before(page, signal);
        yield { values: [`${slice.name}/${page}`], rows: 1, ...(page < 2 && { next: String(page + 1) }) };
      }
    } finally {
      this.reading--;
    }
  }
}

const reading = (
  tally: Tally,
  pages: Pages,
  options: Partial<ConstructorParameters<typeof Reading>[2]> = {},
) => new Reading(tally, pages.read, { parallel: 3, beside: [], ...options });

it('reads every part once, some at the same time and never more than that', async () => {
  const tally = new Tally(slices);
  const pages = new Pages();
  await reading(tally, pages).run(unaborted().signal);
  expect(tally.progress).toEqual({ partitions: 10, partitionsDone: 10, rows: 30, distinct: 30 });
  expect(pages.begun).toEqual(slices.map(({ name }) => name));
  expect(pages.most).toBe(3);
});

it('reads only what the tally does not have', async () => {
  const tally = new Tally(slices);
  for (const { name } of slices.slice(2))
    tally.recall({ values: [], positions: new Map([[name, { rows: 3, done: true }]]) });
  tally.recall({ values: [], positions: new Map([[slices[0]!.name, { rows: 2, done: false, next: '2' }]]) });
  const pages = new Pages();
  await reading(tally, pages).run(unaborted().signal);
  expect(pages.begun).toEqual(slices.slice(0, 2).map(({ name }) => name));
  expect(tally.progress).toMatchObject({ rows: 30, distinct: 1 + 3 });
});

it('stops all readers when one fails, and only then says so', async () => {
  let failing = false;
  const pages = new Pages(async (page, signal) => {
    if (page === 0) return;
    if (failing) return aborted(signal);
    failing = true;
    await nextTurn();
    throw new Error('the table is on fire');
  });
  await expect(reading(new Tally(slices), pages).run(unaborted().signal)).rejects.toThrow('on fire');
  expect(pages.reading).toBe(0);
  expect(pages.begun.length).toBeLessThanOrEqual(4);
});

it('stops all readers when what is done beside fails', async () => {
  const pages = new Pages((_, signal) => aborted(signal));
  const beside = [{ every: 1, act: () => Promise.reject(new Error('no checkpoint')) }];
  await expect(reading(new Tally(slices), pages, { beside }).run(unaborted().signal)).rejects.toThrow(
    'no checkpoint',
  );
  expect(pages.reading).toBe(0);
});

it('stops when it is told to, in the middle of a page', async () => {
  const told = unaborted();
  const pages = new Pages((page, signal) => (page === 0 ? nextTurn() : aborted(signal)));
  const run = reading(new Tally(slices), pages).run(told.signal);
  while (pages.reading < 3) await nextTurn();
  told.abort();
  await expect(run).rejects.toThrow('aborted');
  expect(pages.reading).toBe(0);
});

it('reads nothing when it was told to stop before', async () => {
  const pages = new Pages();
  await expect(reading(new Tally(slices), pages).run(AbortSignal.abort())).rejects.toThrow();
  expect(pages.begun).toEqual([]);
});

it('does things beside again and again, never twice at once, and brings them to their end', async () => {
  let running = 0;
  let begun = 0;
  let ended = 0;
  const act = async () => {
    expect(++running).toBe(1);
    begun++;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    running--;
    ended++;
  };
  const pages = new Pages(async () => {
    const seen = begun;
    while (begun === seen) await nextTurn();
  });
  await reading(new Tally(slices.slice(0, 2)), pages, { beside: [{ every: 1, act }] }).run(
    unaborted().signal,
  );
  expect(begun).toBeGreaterThanOrEqual(3);
  expect(ended).toBe(begun);
});
