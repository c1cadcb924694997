import type { PartitionRange } from '@countersign/azure';

/** One part of a query, read on its own. */
export interface Slice {
  /** Its first and its last key: the same wherever the same part is read. */
  readonly name: string;
  readonly range: PartitionRange;
}

/** Most parts of one query; a longer one gets parts of several days. */
export const MOST_SLICES = 1_000;

const DAY = 24 * 3600 * 1000;

/**
 * Splits the partition keys from `start` to `end`, both included, by day. The parts are ranges of keys that
 * meet without a gap: each ends before the key with which the next one begins, and the last one ends
 * with `end` itself. So every key of the whole is in exactly one part, whatever it looks like: a key that is
 * longer than a day (`2021-10-10-x`) sorts behind its day and before the next one.
 *
 * @param start day, `YYYY-MM-DD`
 * @param end the same; before `start` there is nothing to read
 */
export function slicesOf(start: string, end: string): Slice[] {
  if (end < start) return [];
  const days = 1 + Math.max(0, Math.floor((startOf(end) - startOf(start)) / DAY));
  const step = Math.ceil(days / MOST_SLICES) * DAY;
  const cuts = [start];
  for (let at = startOf(start) + step; at <= startOf(end); at += step) {
    const day = new Date(at).toISOString().slice(0, 10);
    // A day that no calendar has (`2021-02-31`) lies between two that are cut.
    if (day > start && day <= end) cuts.push(day);
  }
  return cuts.map((from, index) => sliceOf(from, cuts[index + 1], end));
}

function sliceOf(from: string, next: string | undefined, end: string): Slice {
  return next === undefined
    ? { name: `${from}..=${end}`, range: { from, to: { le: end } } }
    : { name: `${from}..${next}`, range: { from, to: { lt: next } } };
}

function startOf(day: string): number {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  // Date.UTC takes the years before 100 for those of the twentieth century.
  return new Date(0).setUTCFullYear(year, month - 1, date);
}
