import type { RetryPolicy, Task } from '@countersign/workflow';
import { crashedTooOften, retryDelay } from './retry';

const task = (retry: Partial<RetryPolicy>, deadline = 1_000_000): Task => ({
  input: null,
  retry: { maxAttempts: 5, initialInterval: 1000, backoff: 2, maxInterval: 5000, ...retry },
  startToClose: 1000,
  deadline,
});

describe('retryDelay', () => {
  it('grows with every start, up to the longest interval', () => {
    const delays = [1, 2, 3, 4].map((starts) => retryDelay(task({}), starts, 0));
    expect(delays).toEqual([1000, 2000, 4000, 5000]);
  });
  it('ends when the attempts are used up', () => {
    expect(retryDelay(task({}), 5, 0)).toBeUndefined();
    expect(retryDelay(task({ maxAttempts: 1 }), 1, 0)).toBeUndefined();
  });
  it('goes on until the deadline without a limit of attempts', () => {
    expect(retryDelay(task({ maxAttempts: 0 }), 10_000, 0)).toBe(5000);
    expect(retryDelay(task({ maxAttempts: 0 }), 10_000, 995_000)).toBeUndefined();
    expect(retryDelay(task({ maxAttempts: 0 }), 10_000, 994_999)).toBe(5000);
  });
});

describe('crashedTooOften', () => {
  it.each([
    [{ starts: 2, failures: 0 }, 1, false],
    [{ starts: 3, failures: 0 }, 1, true],
    [{ starts: 9, failures: 7 }, 1, false],
    [{ starts: 4, failures: 0 }, 5, false],
    [{ starts: 5, failures: 0 }, 5, true],
    [{ starts: 3, failures: 0 }, 0, true],
  ])('%j with %i attempts allowed: %s', (progress, maxAttempts, expected) => {
    expect(crashedTooOften(progress, task({ maxAttempts }))).toBe(expected);
  });
});
