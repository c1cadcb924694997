/** What operators do to an instance: terminate, cancel, suspend, resume, restart, purge. */
import { ReplayedInstance } from '@countersign/testing';
import { all, call, CanceledError, Execution, race, sleep, waitForEvent, type CodedError } from '..';
import { a, b, begin, define, disposition, event, go, published, withdrawn } from '../testing/refs';

const waiting = () => begin(() => all([call(a, 1), waitForEvent(go), sleep(1_000)]));
const why = ({ step }: ReplayedInstance) => step.inputs.at(-1)?.why;

describe('terminate', () => {
  it('ends at once: nothing is open, nothing more is published, finally blocks do not run', () => {
    const instance = begin(function* () {
      try {
        yield* all([call(a, 1), waitForEvent(go), sleep(1_000)]);
      } finally {
        yield* call(b, 1);
      }
    });
    instance.control('terminate', 'enough');
    expect(instance.step).toMatchObject({
      status: 'Terminated',
      error: { code: 'Terminated', message: 'enough', retryable: false },
      canceled: [1, 2, 3],
    });
    expect(withdrawn(instance)).toEqual(['task a', 'timer']);
    expect(published(instance)).toEqual([]);
  });

  it('makes everything after it late, and says why', () => {
    const instance = waiting();
    const n = instance.numberOf('task', 'a');
    instance.control('terminate');
    instance.raise('go');
    expect([disposition(instance), why(instance)]).toEqual(['late', 'the instance is Terminated']);
    instance.give({ type: 'completed', run: instance.run, n, result: 1 });
    expect(disposition(instance)).toBe('late');
    for (const control of ['terminate', 'cancel', 'suspend', 'resume'] as const) {
      instance.control(control);
      expect(disposition(instance)).toBe('late');
    }
  });

  it('works on a suspended instance', () => {
    const instance = waiting();
    instance.control('suspend');
    instance.raise('go');
    instance.control('terminate');
    expect(instance.status).toBe('Terminated');
  });
});

describe('cancel', () => {
  it('throws CanceledError where the workflow waits, in every branch', () => {
    const seen: string[] = [];
    function* branch(name: string) {
      try {
        yield* waitForEvent(event(name));
      } catch (error) {
        seen.push(`${name} ${(error as CodedError).code}`);
        throw error;
      }
    }
    const instance = begin(() => all([branch('x'), all([branch('y')]), race({ z: branch('z') })]));
    seen.length = 0;
    instance.control('cancel', 'why not');
    expect(seen.slice(0, 3)).toEqual(['x Canceled', 'y Canceled', 'z Canceled']);
    expect(instance.step).toMatchObject({
      status: 'Canceled',
      error: { code: 'Canceled', message: 'why not' },
    });
  });

  it('is Failed when the cleaning up fails in a branch', () => {
    function* branch() {
      try {
        yield* waitForEvent(go);
      } finally {
        yield* call(a, 1);
      }
    }
    const instance = begin(() => all([branch(), sleep(1_000)]));
    instance.control('cancel');
    instance.fail('a', { code: 'StillHeld' });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'StillHeld' } });
  });

  it('is not claimed by a workflow that was not cancelled', () => {
    const instance = begin(function* () {
      throw new CanceledError('by itself');
    });
    expect(instance.status).toBe('Failed');
  });

  it('overrules a race that was won, while the losers clean up', () => {
    const instance = begin(() =>
      race({
        go: waitForEvent(go),
        work: (function* () {
          try {
            yield* sleep(1_000);
          } finally {
            yield* call(a, 1);
          }
        })(),
      }),
    );
    instance.raise('go');
    instance.control('cancel');
    instance.complete('a');
    expect(instance.step.status).toBe('Canceled');
  });
});

describe('suspend and resume', () => {
  it('keeps inputs, lists them as buffered, and applies them in order on resume', () => {
    const instance = begin(() => all([call(a, 1), waitForEvent(go), waitForEvent(go)]));
    const n = instance.numberOf('task', 'a');
    instance.control('suspend');
    expect([instance.status, disposition(instance)]).toEqual(['Suspended', 'applied']);
    instance.raise('go', 1);
    instance.raise('go', 2);
    instance.give({ type: 'completed', run: instance.run, n, result: 'A' });
    expect([instance.status, disposition(instance)]).toEqual(['Suspended', 'buffered']);
    instance.control('resume');
    expect(instance.step).toMatchObject({ status: 'Completed', result: ['A', 1, 2] });
  });

  it('fires timers and the watchdog on resume only', () => {
    const instance = begin(() => race({ limit: sleep(10), work: call(a, 1, { scheduleToClose: 20 }) }));
    instance.control('suspend');
    instance.watchdog();
    instance.give({ type: 'timer', run: instance.run, n: 1, due: instance.now - 10 });
    expect(instance.status).toBe('Suspended');
    instance.control('resume');
    expect(instance.step.error?.code).toBe('ScheduleToCloseTimeout');
  });

  it('refuses to suspend twice, and to resume what runs', () => {
    const instance = waiting();
    instance.control('resume');
    expect([disposition(instance), why(instance)]).toEqual(['refused', 'the instance is not suspended']);
    instance.control('suspend');
    instance.control('suspend');
    expect(disposition(instance)).toBe('refused');
  });

  it('lets a cancel wait for resume', () => {
    const instance = waiting();
    instance.control('suspend');
    instance.control('cancel');
    expect(disposition(instance)).toBe('buffered');
    instance.control('resume');
    expect(instance.status).toBe('Canceled');
  });
});

describe('restart', () => {
  it('opens a new run with the same input, and numbers begin anew under it (hazard 4)', () => {
    const instance = new ReplayedInstance([
      define(function* (input) {
        (input as { seen: boolean }).seen = true;
        return yield* call(a, input);
      }),
    ]);
    instance.start({ seen: false });
    const first = instance.run;
    instance.complete('a', 'old');
    instance.control('restart');
    expect(instance.run).toBe(instance.inputs.at(-1)!.seq);
    expect(instance.step).toMatchObject({ run: instance.run, status: 'Running' });
    expect(instance.step.result).toBeUndefined();
    instance.give({ type: 'completed', run: first, n: 1, result: 'of the old run' });
    expect(disposition(instance)).toBe('late');
    instance.complete('a', 'new');
    expect(instance.step.result).toBe('new');
  });

  it('gives the workflow its input as it was, whatever the first run did to it', () => {
    const instance = new ReplayedInstance([
      define(function* (input) {
        const list = input as number[];
        list.push(1);
        yield* sleep(1);
        return list;
      }),
    ]);
    instance.start([]);
    instance.fire();
    instance.control('restart');
    instance.fire();
    expect(instance.step.result).toEqual([1]);
  });

  it('is refused while the instance runs', () => {
    const instance = waiting();
    instance.control('restart');
    expect(disposition(instance)).toBe('refused');
  });

  it('is refused in the step that ends the instance: a step holds commands of one run only', () => {
    const find = () => define(() => waitForEvent(go));
    const execution = new Execution('x', find);
    execution.apply({ seq: 1, at: 1, body: { type: 'started', workflow: 'Subject', input: null } });
    execution.take();
    execution.apply({ seq: 2, at: 2, body: { type: 'terminate' } });
    execution.apply({ seq: 3, at: 3, body: { type: 'restart' } });
    expect(execution.take().step.inputs).toMatchObject([{ outcome: 'applied' }, { outcome: 'refused' }]);
  });

  it('may come after late inputs in one step', () => {
    const instance = begin(() => call(a, 1), { holds: true });
    const { run } = instance;
    instance.complete('a');
    instance.give({ type: 'completed', run, n: 1, result: 1 });
    expect(instance.isHeld).toBe(true);
    instance.control('restart');
    expect(instance.step.inputs).toMatchObject([{ outcome: 'late' }, { outcome: 'applied' }]);
    expect(instance.step).toMatchObject({ status: 'Running', run: instance.run });
    expect(instance.openTasks()).toHaveLength(1);
  });
});

describe('purge', () => {
  it('is refused while the instance is not terminal', () => {
    const instance = waiting();
    instance.control('purge');
    expect(disposition(instance)).toBe('refused');
  });
});
