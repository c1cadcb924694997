/** A failed instance is taken back to where it was before its newest failed activity. */
import { ReplayedInstance } from '@countersign/testing';
import { all, call, child, race, saga, setCustomStatus, signal, sleep, uuid, waitForEvent } from '..';
import {
  a,
  activity,
  b,
  begin,
  define,
  disposition,
  go,
  listed,
  published,
  undoA,
  withdrawn,
} from '../testing/refs';
import { generationOf } from './rewind';

const c = activity('c');
const why = ({ step }: ReplayedInstance) => step.inputs.at(-1)?.why;
const rewind = (instance: ReplayedInstance) => instance.control('rewind');

it('calls the failed activity again under a new number, and goes on from there', () => {
  const instance = begin(function* () {
    const first = yield* call(a, 1);
    const second = yield* call(b, first);
    return [first, second];
  });
  instance.complete('a', 'one');
  const old = instance.numberOf('task', 'b');
  instance.fail('b');
  expect(instance.status).toBe('Failed');
  rewind(instance);
  expect([instance.status, disposition(instance)]).toEqual(['Running', 'applied']);
  expect(instance.step.error).toBeUndefined();
  expect(published(instance)).toEqual(['task b']);
  expect(generationOf(instance.numberOf('task', 'b'))).toBe(1);
  instance.give({ type: 'completed', run: instance.run, n: old, result: 'of the old call' });
  expect(disposition(instance)).toBe('late');
  instance.complete('b', 'two');
  expect(instance.step).toMatchObject({ status: 'Completed', result: ['one', 'two'] });
});

// Fails when only what failed is decided anew.
it('hazard 11: decides everything anew that was open when the activity failed', () => {
  const instance = begin(function* () {
    const branches = [call(a, 1), call(b, 2), waitForEvent(go), child({ name: 'Other' }, 1)];
    const [values] = yield* all([all(branches), sleep(60_000)]);
    return values;
  });
  const due = instance.open().find(({ kind }) => kind === 'timer');
  instance.fail('a');
  expect(instance.status).toBe('Failed');
  rewind(instance);
  expect(published(instance)).toEqual(['timer', 'task a', 'task b', 'child Other']);
  expect(instance.open().find(({ kind }) => kind === 'timer')).toMatchObject({
    due: due?.kind === 'timer' && due.due,
  });
  instance.complete('a', 'A');
  instance.complete('b', 'B');
  instance.raise('go', 'event');
  instance.give({
    type: 'completed',
    run: instance.run,
    n: instance.numberOf('child', 'Other'),
    result: 'child',
  });
  instance.fire();
  expect(instance.step.result).toEqual(['A', 'B', 'event', 'child']);
});

it('keeps what had succeeded before the failure, and gives the same uuids', () => {
  const ids: string[] = [];
  const instance = begin(function* () {
    ids.push(yield* uuid());
    const [one] = yield* all([call(a, 1), call(b, 2)]);
    return one as string;
  });
  instance.complete('a', 'kept');
  instance.fail('b');
  rewind(instance);
  expect(published(instance)).toEqual(['task b']);
  instance.complete('b');
  expect(instance.step.result).toBe('kept');
  expect(new Set(ids).size).toBe(1);
});

it('takes a branch of `all` that ends meanwhile for done', () => {
  const instance = begin(function* () {
    try {
      yield* all([call(a, 1), call(b, 2)]);
    } finally {
      yield* call(c, 3);
    }
  });
  const n = instance.numberOf('task', 'b');
  instance.fail('a');
  instance.give({ type: 'completed', run: instance.run, n, result: 'late, but done' });
  instance.complete('c');
  rewind(instance);
  expect(published(instance)).toEqual(['task a']);
});

// Fails without `keptOf`.
it('does not do again what succeeded after a failure that the workflow had caught', () => {
  const instance = begin(function* () {
    try {
      yield* call(a, 'notify');
    } catch {
      yield* setCustomStatus('not notified');
    }
    yield* signal('other', go, 1);
    yield* call(b, 'pay');
    yield* call(c, 'log');
    throw new Error('a bug');
  });
  instance.fail('a');
  expect(listed(instance)).toEqual(['signal go', 'task b']);
  instance.complete('b');
  instance.complete('c');
  rewind(instance);
  expect(published(instance)).toEqual(['task a']);
  instance.complete('a');
  expect(instance.status).toBe('Failed');
  expect(instance.step.commands).toEqual([]);
});

it('raises again what was raised since', () => {
  const instance = begin(function* () {
    yield* call(a, 1);
    return yield* all([waitForEvent(go), waitForEvent(go)]);
  });
  instance.raise('go', 'before');
  instance.control('suspend');
  instance.fail('a');
  instance.raise('go', 'while suspended');
  instance.control('resume');
  expect(instance.status).toBe('Failed');
  rewind(instance);
  instance.complete('a');
  expect(instance.step.result).toEqual(['before', 'while suspended']);
});

// Fails when what is held back is not applied before the run is taken over.
it('keeps what was held back before the failure that came while it was suspended', () => {
  const instance = begin(function* () {
    const [, by] = yield* all([call(a, 1), waitForEvent(go)]);
    return by;
  });
  instance.control('suspend');
  instance.raise('go', 'held back');
  instance.fail('a');
  instance.control('resume');
  expect(instance.status).toBe('Failed');
  rewind(instance);
  instance.complete('a');
  expect(instance.step.result).toBe('held back');
});

it('works again and again, and after a restart', () => {
  const instance = begin(function* () {
    const one = yield* call(a, 1);
    const two = yield* race({ b: call(b, one), late: sleep(1_000) });
    return [one, two.winner];
  });
  const failTwice = (result: string) => {
    instance.fail('a');
    rewind(instance);
    instance.fail('a');
    rewind(instance);
    instance.complete('a', result);
    instance.fail('b');
    rewind(instance);
    expect(generationOf(instance.numberOf('task', 'b'))).toBe(3);
    instance.fail('b');
    rewind(instance);
    instance.complete('b');
    expect(instance.step.result).toEqual([result, 'b']);
  };
  failTwice('first');
  instance.control('restart');
  failTwice('second');
});

it('gives what is called again its whole time', () => {
  const instance = begin(() => call(a, 1, { scheduleToClose: 5_000 }));
  instance.watchdog();
  expect(instance.step.error?.code).toBe('ScheduleToCloseTimeout');
  instance.now += 60_000;
  rewind(instance);
  expect(instance.earliestDeadline()).toBe(instance.now + 5_000);
});

it('calls a failed compensation again', () => {
  const instance = begin(() =>
    saga(function* (part) {
      yield* part.do(call(a, 1), () => call(undoA, 1));
      yield* call(b, 2);
    }),
  );
  instance.complete('a');
  instance.fail('b');
  instance.fail('undo-a');
  expect(instance.step.error?.code).toBe('CompensationFailed');
  rewind(instance);
  expect(published(instance)).toEqual(['task undo-a']);
  instance.complete('undo-a');
  expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'Broken' } });
});

describe('is refused', () => {
  it.each(['terminate', undefined] as const)('unless the instance has failed (%s)', (control) => {
    const instance = begin(() => call(a, 1));
    if (control !== undefined) instance.control(control);
    rewind(instance);
    expect([disposition(instance), why(instance)]).toEqual([
      'refused',
      expect.stringContaining('only an instance that has failed can be rewound'),
    ]);
  });

  it('where no activity failed', () => {
    const instance = begin(function* () {
      yield* waitForEvent(go);
      throw new Error('a bug');
    });
    instance.raise('go');
    rewind(instance);
    expect(why(instance)).toContain('no activity of it has failed');
  });

  it('where what was done is undone', () => {
    const instance = begin(() =>
      saga(function* (part) {
        yield* part.do(call(a, 1), () => call(undoA, 1));
        yield* call(b, 2);
      }),
    );
    instance.complete('a');
    instance.fail('b');
    instance.complete('undo-a');
    rewind(instance);
    expect(why(instance)).toContain('was undone since');
  });

  it('where more was open than one step can decide anew', () => {
    const many = () => all(Array.from({ length: 1_500 }, () => sleep(60_000)));
    const instance = begin(() =>
      all([
        call(a, 1),
        many(),
        (function* () {
          yield* waitForEvent(go);
          yield* many();
        })(),
      ]),
    );
    instance.raise('go');
    instance.fail('a');
    rewind(instance);
    expect([disposition(instance), why(instance)]).toEqual([
      'refused',
      'more than 2000 commands were open; restart it instead',
    ]);
    expect(instance.status).toBe('Failed');
  });
});

describe('a child whose parent was rewound', () => {
  const parent = (n: number) => ({ id: 'parent', run: 7, n });
  const again = (n: number) =>
    ({ type: 'started', workflow: 'Subject', input: null, parent: parent(n) }) as const;
  const AGAIN = 1_000_000_003;
  const child = () => {
    const instance = new ReplayedInstance([define(() => call(a, 1))]);
    instance.start(null, { parent: parent(3) });
    return instance;
  };

  it('answers under the new number', () => {
    const instance = child();
    instance.give(again(AGAIN));
    expect(disposition(instance)).toBe('applied');
    instance.complete('a', 'done');
    expect(instance.decision.replies).toEqual([
      { to: parent(AGAIN), body: { type: 'completed', run: 7, n: AGAIN, result: 'done' } },
    ]);
    instance.give(again(AGAIN));
    expect(disposition(instance)).toBe('duplicate');
  });

  it('answers at once where it has ended', () => {
    const instance = child();
    instance.complete('a', 'done');
    instance.give(again(AGAIN));
    expect(instance.decision.replies).toEqual([
      { to: parent(AGAIN), body: { type: 'completed', run: 7, n: AGAIN, result: 'done' } },
    ]);
  });

  it('is rewound as well where it has failed', () => {
    const instance = child();
    instance.fail('a');
    instance.give(again(AGAIN));
    expect(instance.status).toBe('Running');
    instance.fail('a');
    rewind(instance);
    instance.complete('a', 'at last');
    expect(instance.decision.replies).toMatchObject([{ to: parent(AGAIN), body: { result: 'at last' } }]);
  });

  it('fails the parent again where it cannot be rewound', () => {
    const instance = child();
    instance.control('terminate');
    instance.give(again(AGAIN));
    expect(instance.decision.replies).toMatchObject([{ to: parent(AGAIN), body: { type: 'failed' } }]);
  });

  it('does not take a second child of the same run for it', () => {
    const instance = child();
    instance.give(again(4));
    expect(disposition(instance)).toBe('refused');
  });
});

it('takes back the messages of what was open, as every failure does', () => {
  const instance = begin(() => all([call(a, 1), call(b, 2)]));
  instance.fail('a');
  expect(withdrawn(instance)).toEqual(['task b']);
});
