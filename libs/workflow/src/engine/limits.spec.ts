/** Budgets and sizes (hazards 16 and 19): ReplayedInstance checks the size of every step. */
import { ReplayedInstance } from '@countersign/testing';
import { all, call, CodedError, now, setCustomStatus, signal, waitForEvent } from '..';
import { a, begin, define, event, go, published } from '../testing/refs';

const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const KB = 1024;

describe('the budget', () => {
  it('ends a loop that never waits, and its code cannot catch that', () => {
    const instance = begin(function* () {
      for (;;) {
        try {
          yield* now();
        } catch {
          // goes on
        }
      }
    });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'BudgetExceeded' } });
  });

  it('allows 2,000 commands, and publishes none of the 2,001st', () => {
    expect(begin(() => all(times(2_000, (i) => call(a, i)))).open()).toHaveLength(2_000);
    const instance = begin(() => all(times(2_001, (i) => call(a, i))));
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'BudgetExceeded' } });
    expect(published(instance)).toEqual([]);
  });

  it('is full again for the next step', () => {
    const instance = begin(function* () {
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 1_500; i++) yield* signal('target', go, i);
        for (let i = 0; i < 30_000; i++) yield* now();
        yield* waitForEvent(go);
      }
    });
    instance.raise('go');
    instance.raise('go');
    expect(instance.status).toBe('Running');
  });
});

describe('a step (hazard 16)', () => {
  it('holds arguments of 128 KiB in all, and every command’s hash', () => {
    const instance = begin(() => all(times(5, () => call(a, 'é'.repeat(25 * KB)))));
    const inline = instance.step.commands.filter(({ args }) => args !== undefined);
    expect(inline).toHaveLength(2);
    expect(instance.step.commands.map(({ hash }) => hash)).toEqual(
      times(5, () => expect.stringMatching(/^[0-9a-f]{16}$/)),
    );
    expect(instance.openTasks().every(({ args }) => args.length > 25 * KB)).toBe(true);
  });

  it('fits into a message with everything at its largest', () => {
    const names = times(1_999, (i) => event(`${i}`.padEnd(128, 'x')));
    const instance = begin(function* () {
      yield* setCustomStatus('é'.repeat(128 * KB - 1));
      yield* all([call(a, 'x'.repeat(120 * KB)), ...names.map((name) => waitForEvent(name))]);
    });
    expect(instance.status).toBe('Running');
    expect(JSON.stringify(instance.step).length).toBeGreaterThan(500 * KB);
    instance.control('terminate', 'x'.repeat(900 * KB));
    expect(instance.step.error?.message).toHaveLength(4_000);
  });

  it('shortens errors, and leaves out details that are too large or no JSON', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    for (const details of ['x'.repeat(200 * KB), loop]) {
      const instance = begin(function* () {
        throw new CodedError('C'.repeat(1_000), 'm'.repeat(900 * KB), { details: details as string });
      });
      const { error } = instance.step;
      expect(error).toEqual({ code: 'C'.repeat(128), message: 'm'.repeat(4_000), retryable: false });
    }
  });

  it('lists each awaited event once', () => {
    const instance = begin(() => all(times(3, () => waitForEvent(go))));
    expect(instance.step.waits).toEqual(['go']);
  });

  it('a custom status that is too large is refused where it is set', () => {
    const instance = new ReplayedInstance([define(() => setCustomStatus('x'.repeat(256 * KB)))]);
    instance.start();
    expect(instance.step.error?.message).toContain('custom status has');
  });
});
