const format = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});

/** A moment for people, in UTC because the server does not know where its reader is. */
export const readableTime = (iso: string): string => `${format.format(new Date(iso))} UTC`;

const UNITS = [
  ['day', 24 * 3600],
  ['hour', 3600],
  ['minute', 60],
] as const;
const relative = new Intl.RelativeTimeFormat('en');

/** How far ahead of `now` (milliseconds) a moment is: `in 23 hours`. Empty when it has passed. */
export function timeLeft(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  if (seconds <= 0) return '';
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? (['second', 1] as const);
  return relative.format(Math.floor(seconds / size), unit);
}
