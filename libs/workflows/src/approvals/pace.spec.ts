import { DAY, MINUTE, pause, SECOND, STEADY_QUESTIONS, STEADY_READS, STEADY_REMINDERS } from './pace';

/** When something is repeated, in milliseconds since it began. */
function times(interval: number, steady: number, life: number): number[] {
  const all: number[] = [];
  for (let time = interval; time < life; time += pause(interval, time, steady)) all.push(time);
  return all;
}

describe('what is repeated', () => {
  it('keeps to its interval at first: reminders of every day come every day for a month', () => {
    const days = Array.from({ length: 30 }, (_, day) => (day + 1) * DAY);
    expect(times(DAY, STEADY_REMINDERS, 30 * DAY + 1)).toEqual(days);
  });

  it('keeps to its interval for a day where FlexDeploy is asked every five minutes', () => {
    expect(times(5 * MINUTE, STEADY_READS, DAY)).toEqual(
      Array.from({ length: 287 }, (_, i) => (i + 1) * 5 * MINUTE),
    );
  });

  it.each([
    ['reminders', SECOND, STEADY_REMINDERS, 600],
    ['reads', SECOND, STEADY_READS, 5000],
    ['questions', MINUTE, STEADY_QUESTIONS, 1000],
  ])(
    'makes %s rarer where they would be too many: a year has a bounded number, not millions',
    (_, interval, steady, most) => {
      const { length } = times(interval, steady, 365 * DAY);
      expect(length).toBeGreaterThan(steady);
      expect(length).toBeLessThan(most);
    },
  );

  it('never waits for less than the interval, nor for a part of a millisecond', () => {
    expect(pause(10, 100, 30)).toBe(10);
    expect(pause(10, 1000, 30)).toBe(34);
  });
});
