import {
  all,
  call,
  continueAsNew,
  setCustomStatus,
  signal,
  sleep,
  uuid,
  waitForEvent,
  type Effect,
} from '..';
import { ReplayedInstance } from '@countersign/testing';
import { a, b, begin, define, disposition, event, go, listed, published } from '../testing/refs';

/** Counts events, and lets go of its history after each one. */
function* counter(input: unknown): Generator<Effect, unknown, unknown> {
  const count = typeof input === 'number' ? input : 0;
  yield* waitForEvent(go);
  if (count === 4) return 'done';
  return yield* continueAsNew(count + 1);
}

describe('continueAsNew', () => {
  it('begins anew with its input, as the same run of the same instance', () => {
    const instance = begin(counter);
    const { run } = instance;
    for (let i = 0; i < 4; i++) instance.raise('go');
    expect(instance.step).toMatchObject({
      run,
      status: 'Running',
      waits: ['go'],
      continued: { input: 4, number: 4, pending: [] },
    });
    instance.raise('go');
    expect(instance.step).toMatchObject({ status: 'Completed', result: 'done' });
    expect(instance.step.continued).toBeUndefined();
  });

  // Fails when `pending` is not applied again.
  it('hazard 17: keeps the events that nobody waited for, each of them once', () => {
    const instance = begin(function* (given) {
      const seen = (given as string[] | null) ?? [];
      if (given === null) yield* call(a, 1);
      seen.push((yield* waitForEvent(go)) as string);
      yield* setCustomStatus(seen);
      return yield* continueAsNew(seen);
    });
    for (const data of ['one', 'two', 'three']) instance.raise('go', data);
    instance.raise('other', 'kept');
    instance.complete('a');
    expect(instance.step.customStatus).toEqual(['one', 'two', 'three']);
    expect(instance.step.continued?.pending).toHaveLength(1);
    instance.raise('go', 'four');
    expect(instance.step.customStatus).toEqual(['one', 'two', 'three', 'four']);
    expect(instance.step.continued?.pending).toHaveLength(1);
  });

  it('keeps what was held back while it was suspended, cancel included', () => {
    const instance = begin(counter);
    instance.control('suspend');
    instance.raise('go');
    instance.raise('go');
    instance.control('cancel');
    instance.control('resume');
    expect(instance.step).toMatchObject({ status: 'Canceled', continued: { input: 2 } });
  });

  it('goes on with the numbers: results of before are late, uuids differ', () => {
    const ids = new Set<string>();
    const instance = begin(function* () {
      ids.add(yield* uuid());
      const first = yield* all([call(a, 1), waitForEvent(go)]);
      return yield* continueAsNew(first);
    });
    const old = instance.numberOf('task', 'a');
    instance.complete('a');
    instance.raise('go');
    expect(published(instance)).toEqual(['task a', 'wait go']);
    instance.give({ type: 'completed', run: instance.run, n: old, result: null });
    expect(disposition(instance)).toBe('late');
    expect(ids.size).toBe(2);
  });

  it('keeps the custom status, and publishes what was decided before it in the same step', () => {
    const instance = begin(function* (round) {
      if (round !== null) return yield* call(b, 1);
      yield* setCustomStatus('from before');
      yield* waitForEvent(go);
      yield* signal('peer', go, 1);
      return yield* continueAsNew(1);
    });
    instance.raise('go');
    expect(listed(instance)).toEqual(['signal go', 'task b']);
    expect(published(instance)).toEqual(['signal go', 'task b']);
    expect(instance.step.customStatus).toBe('from before');
    instance.complete('b');
    expect(instance.step).toMatchObject({ status: 'Completed', customStatus: 'from before' });
  });

  it('knows a signal again that came before it', () => {
    const instance = begin(counter);
    const source = { id: 'other', run: 1, n: 1 };
    for (let i = 0; i < 2; i++) {
      instance.give({ type: 'event', name: 'go', data: 1, source });
      if (i === 0) instance.forgetOlder();
    }
    expect(disposition(instance)).toBe('duplicate');
  });

  it('begins with the newest version of the code', () => {
    const definitions: [ReturnType<typeof define>, ...ReturnType<typeof define>[]] = [define(counter, 1)];
    const instance = new ReplayedInstance(definitions);
    instance.start();
    instance.deploy(
      define(function* () {
        return yield* call(b, 2);
      }, 2),
    );
    expect(instance.step.version).toBe(1);
    instance.raise('go');
    expect(instance.step.version).toBe(2);
    expect(published(instance)).toEqual(['task b']);
  });

  it('can be rewound to where an activity failed since', () => {
    const instance = begin(function* (round) {
      yield* waitForEvent(go);
      if (round === null) return yield* continueAsNew(1);
      return [yield* call(a, 1), yield* waitForEvent(event('other'))];
    });
    instance.raise('other', 'early');
    instance.raise('go');
    instance.raise('go');
    instance.fail('a');
    instance.control('rewind');
    instance.complete('a', 'A');
    expect(instance.step).toMatchObject({ status: 'Completed', result: ['A', 'early'] });
  });

  it('is for the workflow itself, not for its branches', () => {
    const instance = begin(() => all([continueAsNew(1)]));
    expect(instance.step.error).toMatchObject({ code: 'InvalidOptions' });
  });

  it('refuses what is not JSON', () => {
    const instance = begin(() => continueAsNew(() => 1));
    expect(instance.step.error).toMatchObject({ code: 'NotJson' });
  });

  it('fails where it never waits', () => {
    const instance = begin(() => continueAsNew(1));
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'BudgetExceeded' } });
  });

  it('begins its timers anew', () => {
    const instance = begin(function* () {
      yield* sleep(1_000);
      return yield* continueAsNew(1);
    });
    const due = () => instance.open().map((command) => command.kind === 'timer' && command.due);
    const before = instance.now;
    instance.fire();
    expect(due()).toEqual([before + 2_000]);
  });

  it('replays from there, without what is older', () => {
    const instance = begin(counter);
    instance.raise('other');
    for (let i = 0; i < 3; i++) instance.raise('go');
    instance.forgetOlder();
    expect(instance.inputs).toHaveLength(2);
    instance.raise('go');
    instance.raise('go');
    expect(instance.step.result).toBe('done');
  });

  it('restarts with the input of the instance', () => {
    const instance = begin(counter);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5; i++) instance.raise('go');
      expect(instance.step.result).toBe('done');
      instance.control('restart');
    }
    instance.raise('go');
    instance.forgetOlder();
    expect(instance.step.continued?.input).toBe(1);
    expect(instance.status).toBe('Running');
  });
});
