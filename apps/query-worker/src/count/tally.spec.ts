import { reachableHeap } from '../testing/heap';
import { slicesOf } from './slices';
import { Tally } from './tally';

const [first, second] = slicesOf('2021-10-10', '2021-10-11');

it('counts a value once, wherever it comes from', () => {
  const tally = new Tally([first!, second!]);
  tally.add(first!, { values: ['a', 'b', 'a'], rows: 4, next: 'x' });
  tally.add(second!, { values: ['b', 'c'], rows: 2 });
  tally.recall({ values: ['c', 'd'], positions: new Map() });
  expect(tally.progress).toEqual({ partitions: 2, partitionsDone: 1, rows: 6, distinct: 4 });
});

it('keeps no row: what it holds does not grow with values that it knows', async () => {
  const tally = new Tally([first!]);
  const values = Array.from({ length: 1_000 }, (_, i) => `value-${i}`);
  const page = { values, rows: 1_000, next: 'x' };
  tally.add(first!, page);
  tally.take();
  const before = await reachableHeap();
  for (let i = 0; i < 2_000; i++) tally.add(first!, page);
  const growth = (await reachableHeap()) - before;
  expect(tally.progress.rows).toBe(2_001_000);
  expect(tally.take()?.values).toEqual([]);
  // A retained row, or only a reference to one, would be at least 8 bytes: 16 MB.
  expect(growth).toBeLessThan(1_000_000);
});
