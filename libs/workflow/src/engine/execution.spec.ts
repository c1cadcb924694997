import { ReplayedInstance } from '@countersign/testing';
import { all, call, type CodedError, Execution, race, setCustomStatus, sleep, waitForEvent } from '..';
import { a, b, begin, define, disposition, go, listed, withdrawn } from '../testing/refs';

const waiting = () => begin(() => all([call(a, 1), waitForEvent(go), sleep(1_000)]));

describe('started', () => {
  it('is Running after it, and gets the input', () => {
    const instance = new ReplayedInstance([define((input) => call(a, input))]);
    instance.start({ x: 1 });
    expect(instance.step).toMatchObject({
      format: 1,
      run: instance.inputs[0]!.seq,
      workflow: 'Subject',
      version: 1,
      status: 'Running',
      createdAt: instance.now,
      updatedAt: instance.now,
    });
    expect(instance.openTasks()).toMatchObject([{ args: '{"x":1}' }]);
  });

  it('is a duplicate the second time', () => {
    const instance = waiting();
    instance.start();
    expect(disposition(instance)).toBe('duplicate');
    expect(instance.step.commands).toEqual([]);
  });

  it('comes first', () => {
    const execution = new Execution('x', () => undefined);
    execution.apply({ seq: 1, at: 1, body: { type: 'event', name: 'go', data: null } });
    expect(execution.take().step.inputs).toMatchObject([{ outcome: 'refused' }]);
  });

  it('throws UnknownWorkflow where there is no code', () => {
    const execution = new Execution('x', () => undefined);
    const body = { type: 'started', workflow: 'Nobody', version: 3, input: null } as const;
    expect(() => execution.apply({ seq: 1, at: 1, body })).toThrow('no code for Nobody version 3');
  });

  it('fails where the input is not what the code takes apart', () => {
    const instance = begin(function* (input) {
      const { name } = input as { name: string };
      return yield* call(a, name);
    });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'TypeError' } });
    const takesApart = define(function* ({ name }: never) {
      return yield* call(a, name);
    } as (input: unknown) => Generator<never>);
    const other = new ReplayedInstance([takesApart]);
    other.start(null);
    expect(other.step).toMatchObject({ status: 'Failed', error: { code: 'TypeError' } });
  });
});

describe('results', () => {
  it('of another run are ignored (hazard 4)', () => {
    const instance = waiting();
    const { run } = instance;
    const n = instance.numberOf('task', 'a');
    instance.give({ type: 'completed', run: run + 1, n, result: 'of another run' });
    expect(disposition(instance)).toBe('late');
    instance.give({ type: 'failed', run: run - 1, n, error: { code: 'X', message: '', retryable: false } });
    expect(disposition(instance)).toBe('late');
    instance.give({ type: 'timer', run: run + 1, n: 3, due: instance.now });
    expect(disposition(instance)).toBe('late');
    expect(instance.open()).toHaveLength(3);
  });

  it('settle a command once', () => {
    const instance = begin(() => all([call(a, 1), waitForEvent(go)]));
    const n = instance.numberOf('task', 'a');
    instance.complete('a', 'first');
    instance.give({ type: 'completed', run: instance.run, n, result: 'second' });
    expect(disposition(instance)).toBe('late');
    instance.raise('go');
    expect(instance.step.result).toEqual(['first', null]);
  });

  it('settle only what waits for a result, and timers only timers', () => {
    const instance = waiting();
    const { run } = instance;
    const numbers = { task: 1, wait: 2, timer: 3 };
    const error = { code: 'X', message: '', retryable: false };
    for (const n of [numbers.wait, numbers.timer, 99]) {
      instance.give({ type: 'completed', run, n, result: 1 });
      expect(disposition(instance)).toBe('late');
      instance.give({ type: 'failed', run, n, error });
      expect(disposition(instance)).toBe('late');
    }
    for (const n of [numbers.task, numbers.wait, 99]) {
      instance.give({ type: 'timer', run, n, due: instance.now });
      expect(disposition(instance)).toBe('late');
    }
    expect(instance.open()).toHaveLength(3);
  });

  it('that are not JSON, or too large, fail the instance', () => {
    const notJson = begin(function* () {
      return () => 1;
    });
    expect(notJson.step).toMatchObject({ status: 'Failed', error: { code: 'NotJson' } });
    const large = begin(function* () {
      return 'x'.repeat(300_000);
    });
    expect(large.step).toMatchObject({ status: 'Failed', error: { code: 'ValueTooLarge' } });
  });
});

describe('the watchdog (hazard 5)', () => {
  const guarded = () =>
    begin(function* () {
      const outcome = yield* race({
        short: call(a, 1, { scheduleToClose: 1_000 }),
        long: call(b, 1, { scheduleToClose: 9_000 }),
      });
      return outcome;
    });

  it('names the earliest scheduleToClose', () => {
    const instance = guarded();
    expect(instance.earliestDeadline()).toBe(instance.now + 1_000);
    instance.fail('a', { code: 'Down' });
    expect(instance.earliestDeadline()).toBeUndefined();
  });

  it('fails what is overdue, and nothing else', () => {
    const instance = begin(() =>
      all([
        (function* () {
          try {
            return yield* call(a, 1, { scheduleToClose: 1_000 });
          } catch (error) {
            return (error as CodedError).code;
          }
        })(),
        call(b, 1, { scheduleToClose: 9_000 }),
      ]),
    );
    instance.watchdog();
    expect(disposition(instance)).toBe('applied');
    expect(instance.openTasks()).toMatchObject([{ name: 'b' }]);
    instance.complete('b', 'B');
    expect(instance.step.result).toEqual(['ScheduleToCloseTimeout', 'B']);
  });

  it('says which activity, and what to look for', () => {
    const instance = guarded();
    instance.watchdog();
    expect(instance.step.error).toMatchObject({ code: 'ScheduleToCloseTimeout' });
    expect(instance.step.error?.message).toContain('a did not finish within its scheduleToClose');
  });

  it('is late when nothing is overdue, or of another run', () => {
    const instance = guarded();
    instance.give({ type: 'timer', run: instance.run, n: 'w', due: instance.now + 10 });
    expect(disposition(instance)).toBe('late');
    instance.give({ type: 'timer', run: instance.run + 1, n: 'w', due: instance.now + 10_000 });
    expect(disposition(instance)).toBe('late');
    expect(instance.openTasks()).toHaveLength(2);
  });

  it('fails everything overdue at once', () => {
    const instance = guarded();
    instance.now += 10_000;
    instance.give({ type: 'timer', run: instance.run, n: 'w', due: instance.now - 9_000 });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'ScheduleToCloseTimeout' } });
  });
});

describe('decidesNothing', () => {
  it('holds a branch of a fan-in until something is decided', () => {
    const instance = begin(() => all([call(a, 1), call(a, 2), call(a, 3)]), { holds: true });
    const { run } = instance;
    const steps = instance.steps.length;
    for (const n of [1, 2]) instance.give({ type: 'completed', run, n, result: n });
    expect([instance.isHeld, instance.steps.length]).toEqual([true, steps]);
    instance.give({ type: 'completed', run, n: 3, result: 3 });
    expect(instance.step).toMatchObject({ status: 'Completed', result: [1, 2, 3] });
    expect(instance.step.inputs).toHaveLength(3);
  });

  it('can be listed by an empty step at any time (hazard 1)', () => {
    const instance = begin(() => all([call(a, 1), call(a, 2)]), { holds: true });
    instance.give({ type: 'completed', run: instance.run, n: 1, result: 1 });
    instance.flush();
    expect(instance.step).toMatchObject({
      status: 'Running',
      commands: [],
      inputs: [{ outcome: 'applied' }],
    });
    instance.complete('a', 2);
    expect(instance.step.result).toEqual([1, 2]);
  });

  it('holds what is late, and what comes while suspended', () => {
    const instance = begin(() => call(a, 1), { holds: true });
    instance.give({ type: 'completed', run: instance.run, n: 77, result: 1 });
    expect(instance.isHeld).toBe(true);
    instance.control('suspend');
    expect(instance.isHeld).toBe(false);
    instance.complete('a');
    expect(instance.isHeld).toBe(true);
  });

  it.each([
    ['a raised event', (instance: ReplayedInstance) => instance.raise('go')],
    ['an event that is kept', (instance: ReplayedInstance) => instance.raise('other')],
    ['a control', (instance: ReplayedInstance) => instance.control('resume')],
    ['a second start', (instance: ReplayedInstance) => instance.start()],
    ['a custom status', (instance: ReplayedInstance) => instance.complete('a')],
  ])('does not hold %s: somebody waits for it', (_, give) => {
    const showing = function* () {
      yield* call(a, 1);
      yield* setCustomStatus('half');
    };
    const instance = begin(() => all([showing(), waitForEvent(go), waitForEvent(go)]), { holds: true });
    give(instance);
    expect(instance.isHeld).toBe(false);
  });

  it('does not hold a lost race: its loser is to be withdrawn', () => {
    const instance = begin(() => all([race({ a: call(a, 1), b: call(b, 1) }), waitForEvent(go)]), {
      holds: true,
    });
    instance.complete('a');
    expect(instance.isHeld).toBe(false);
    expect(withdrawn(instance)).toEqual(['task b']);
  });
});

describe('isOpen', () => {
  it('is true from the command to its result', () => {
    const execution = new Execution('x', () => define(() => race({ a: call(a, 1), limit: sleep(10) })));
    execution.apply({ seq: 1, at: 1, body: { type: 'started', workflow: 'Subject', input: null } });
    expect([1, 2, 3].map((n) => execution.isOpen(n))).toEqual([true, true, false]);
    execution.apply({ seq: 2, at: 2, body: { type: 'completed', run: 1, n: 1, result: 1 } });
    expect([1, 2].map((n) => execution.isOpen(n))).toEqual([false, false]);
  });
});

it('a custom status is the newest one, and stays', () => {
  const instance = begin(function* () {
    yield* setCustomStatus({ stage: 1 });
    yield* setCustomStatus({ stage: 2 });
    yield* sleep(1);
  });
  expect(instance.step.customStatus).toEqual({ stage: 2 });
  instance.fire();
  expect(instance.step).toMatchObject({ status: 'Completed', customStatus: { stage: 2 } });
  expect(listed(instance)).toEqual([]);
});
