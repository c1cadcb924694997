import { now, sleep, sleepUntil } from '..';
import { begin, disposition, listed } from '../testing/refs';

describe('sleep', () => {
  it('waits for as long as it says', () => {
    const instance = begin(function* () {
      yield* sleep(1_500);
      return yield* now();
    });
    const start = instance.now;
    expect(instance.open()).toEqual([{ kind: 'timer', n: 1, name: '', args: '', due: start + 1_500 }]);
    instance.fire();
    expect(instance.step).toMatchObject({ status: 'Completed', result: start + 1_500 });
  });

  it.each([
    ['now', 0],
    ['in the past', -5_000],
  ])('may be due %s', (_, ms) => {
    const instance = begin(() => sleep(ms));
    expect(instance.open()).toMatchObject([{ due: instance.now + ms }]);
    instance.fire();
    expect(instance.status).toBe('Completed');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e18, -1e18])('refuses %p', (ms) => {
    expect(begin(() => sleep(ms)).step.error?.code).toBe('InvalidOptions');
  });
});

describe('sleepUntil', () => {
  it('waits until a moment, given as a number or as a date', () => {
    for (const moment of [1_893_456_060_000, new Date(1_893_456_060_000)])
      expect(begin(() => sleepUntil(moment)).open()).toMatchObject([{ due: 1_893_456_060_000 }]);
  });

  it('refuses an invalid date', () => {
    expect(begin(() => sleepUntil(new Date('never'))).step.error?.code).toBe('InvalidOptions');
  });
});

it('a timer that fired twice is late the second time', () => {
  const instance = begin(function* () {
    yield* sleep(10);
    yield* sleep(10);
  });
  instance.fire();
  expect(listed(instance)).toEqual(['timer']);
  instance.give({ type: 'timer', run: instance.run, n: 1, due: instance.now });
  expect(disposition(instance)).toBe('late');
  expect(instance.open()).toHaveLength(1);
});
