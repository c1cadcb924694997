import type { PartitionRange } from '@countersign/azure';
import fc from 'fast-check';
import { MOST_SLICES, slicesOf } from './slices';

const day = fc
  .tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }))
  .map(([year, month, date]) => [String(year).padStart(4, '0'), two(month), two(date)].join('-'));
const two = (n: number) => String(n).padStart(2, '0');

/** Keys like days, longer and shorter than one, and anything else. */
const key = fc.oneof(
  day,
  fc.tuple(day, fc.string({ unit: 'binary' })).map(([start, rest]) => `${start}${rest}`),
  day.map((text) => text.slice(0, 7)),
  fc.string({ unit: 'binary' }),
);

const holds = ({ from, to }: PartitionRange, text: string) =>
  text >= from && ('le' in to ? text <= to.le : text < to.lt);

const inWhole = (start: string, end: string, text: string) => text >= start && text <= end;

it('has every key of the whole range in exactly one part, and no other key', () => {
  fc.assert(
    fc.property(day, day, fc.array(key), (start, end, keys) => {
      const slices = slicesOf(start, end);
      const starts = slices.map(({ range }) => range.from).slice(0, 20);
      const tried = [...keys, ...starts, ...starts.map((from) => `${from}-x`), start, end, `${end}-x`];
      const wrong = tried.filter((text) => {
        const holders = slices.filter(({ range }) => holds(range, text)).length;
        return holders !== (inWhole(start, end, text) ? 1 : 0);
      });
      expect(wrong).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

it('has a part for each day, and the last one ends with the last day itself', () => {
  expect(slicesOf('2021-10-10', '2021-10-12')).toEqual([
    { name: '2021-10-10..2021-10-11', range: { from: '2021-10-10', to: { lt: '2021-10-11' } } },
    { name: '2021-10-11..2021-10-12', range: { from: '2021-10-11', to: { lt: '2021-10-12' } } },
    { name: '2021-10-12..=2021-10-12', range: { from: '2021-10-12', to: { le: '2021-10-12' } } },
  ]);
});

it('knows the calendar', () => {
  const days = (start: string, end: string) => slicesOf(start, end).map(({ range: { from } }) => from);
  expect(days('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
  expect(days('2021-02-28', '2021-03-01')).toEqual(['2021-02-28', '2021-03-01']);
  expect(days('2021-12-31', '2022-01-01')).toEqual(['2021-12-31', '2022-01-01']);
});

it('has one part for one day, and none for a range that ends before it begins', () => {
  expect(slicesOf('2021-10-10', '2021-10-10')).toHaveLength(1);
  expect(slicesOf('2021-10-11', '2021-10-10')).toEqual([]);
});

it('has a bounded number of parts, each with a name of its own', () => {
  fc.assert(
    fc.property(day, day, (start, end) => {
      const names = slicesOf(start, end).map(({ name }) => name);
      expect(names.length).toBeLessThanOrEqual(MOST_SLICES);
      expect(new Set(names).size).toBe(names.length);
    }),
  );
  expect(slicesOf('0000-01-01', '9999-12-31').length).toBeGreaterThan(MOST_SLICES / 2);
});
