import { readableTime, timeLeft } from './readable-time';

it('a moment reads as day and time in UTC', () => {
  expect(readableTime('2031-03-04T10:30:00.000Z')).toBe('Tue, 4 Mar 2031, 10:30 UTC');
});

it.each([
  [2 * 24 * 3600 + 60, 'in 2 days'],
  [24 * 3600 - 1, 'in 23 hours'],
  [60, 'in 1 minute'],
  [59, 'in 59 seconds'],
  [0, ''],
  [-5, ''],
])('%d seconds ahead is "%s"', (seconds, text) => {
  const now = Date.parse('2031-03-04T10:30:00.000Z');
  expect(timeLeft(new Date(now + seconds * 1000).toISOString(), now)).toBe(text);
});
