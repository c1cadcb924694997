import type { TaskAddress } from '@countersign/contracts';
import { completedInput, failedInput } from './results';

const task: TaskAddress = { shard: 0, instanceId: 'i', queue: 'q', activity: 'a', run: 3, n: 4 };

describe('completedInput', () => {
  it('carries the result, null where there is none', () => {
    expect(JSON.parse(completedInput(task, { a: [1] }))).toEqual({
      type: 'completed',
      run: 3,
      n: 4,
      result: { a: [1] },
    });
    expect(JSON.parse(completedInput(task, undefined))).toMatchObject({ type: 'completed', result: null });
  });

  const circular: { self?: unknown } = {};
  circular.self = circular;
  it.each([
    ['a bigint', 1n],
    ['a function', () => 1],
    ['a circular object', circular],
  ])('is a failure for %s', (_, result) => {
    expect(JSON.parse(completedInput(task, result))).toMatchObject({
      type: 'failed',
      run: 3,
      n: 4,
      error: { code: 'ResultNotJson', retryable: false },
    });
  });

  it('hazard 16: is a failure when the result has more than 256 KiB, counted in bytes', () => {
    const fits = 'x'.repeat(256 * 1024 - 2);
    expect(JSON.parse(completedInput(task, fits))).toMatchObject({ type: 'completed' });
    expect(JSON.parse(completedInput(task, 'é'.repeat(128 * 1024)))).toMatchObject({
      type: 'failed',
      error: { code: 'ValueTooLarge', message: expect.stringContaining('262146 bytes') },
    });
  });
});

describe('failedInput', () => {
  it('hazard 16: is cut down when the error itself is too large', () => {
    const error = { code: 'X', message: 'm'.repeat(300_000), retryable: true, details: 'd' };
    const { error: cut } = JSON.parse(failedInput(task, error));
    expect(cut).toEqual({ code: 'X', message: 'm'.repeat(4000), retryable: true });
  });
});
