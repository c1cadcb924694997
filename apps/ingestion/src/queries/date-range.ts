import type { QueryAuditInput } from '@countersign/contracts';

const DAY = 24 * 3600 * 1000;
const DAY_FIRST = /^(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4})$/;
/** A day, or a moment with seconds and fractions as one likes; without a zone it is in UTC. */
const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:T(?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?<zone>Z|[+-]\d\d:\d\d)?)?$/;

/** What clients compare the answer with; not to be worded otherwise. */
export type DateRangeError =
  | 'Empty start date.'
  | 'Invalid start date format.'
  | 'Empty end date.'
  | 'Invalid end date format.'
  | 'Invalid date range.';

/**
 * Reads the parameters `s` and `e` of a query, as they came, into whole days of UTC; names the first thing
 * that is wrong. The end must be at least one day after the start.
 */
export function readDateRange(s: unknown, e: unknown): QueryAuditInput | { error: DateRangeError } {
  if (isEmpty(s)) return { error: 'Empty start date.' };
  const start = moment(s);
  if (start === undefined) return { error: 'Invalid start date format.' };
  if (isEmpty(e)) return { error: 'Empty end date.' };
  const end = moment(e);
  if (end === undefined) return { error: 'Invalid end date format.' };
  if (end - start < DAY) return { error: 'Invalid date range.' };
  return { start: dayOf(start), end: dayOf(end) };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && value.trim() === '');

const dayOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);

/**
 * Milliseconds since the epoch of `10/12/2021` (day first: 10 December), `2021-12-10` or an ISO date-time.
 * Undefined for anything else: a parameter that came twice, a day that no calendar has, a year before 1.
 */
function moment(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const parts = (DAY_FIRST.exec(text) ?? ISO.exec(text))?.groups;
  if (parts === undefined) return undefined;
  const { year = '', month = '', day = '', time = '00:00', zone = 'Z' } = parts;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const midnight = Date.parse(`${date}T00:00Z`);
  // Date.parse makes 2 March of 30 February.
  if (Number.isNaN(midnight) || dayOf(midnight) !== date) return undefined;
  const exact = Date.parse(`${date}T${time}${zone}`);
  return isDayOfFourDigits(exact) ? exact : undefined;
}

/** A zone may move the first and the last day of all out of the years 1 to 9999. */
const isDayOfFourDigits = (moment: number): boolean =>
  moment >= Date.parse('0001-01-01') && moment < Date.parse('9999-12-31') + DAY;
