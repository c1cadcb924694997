import { ReplayedInstance } from '@countersign/testing';
import {
  call,
  child,
  ENGINE_FAILURES,
  race,
  toErrorData,
  waitForEvent,
  type ActivityError,
  type WorkflowRef,
} from '..';
import { a, begin, define, disposition, go, withdrawn } from '../testing/refs';

const other: WorkflowRef<unknown, string> = { name: 'Other' };
const parent = { id: 'the-parent', run: 7, n: 3 };

/** An instance that somebody started as a child. */
function startedBy(source: typeof parent, body = () => call(a, 1)) {
  const instance = new ReplayedInstance([define(body)], { id: 'the-child' });
  instance.start(null, { parent: source });
  return instance;
}

describe('child', () => {
  it('is started under an id that derives from its parent’s, and gives its result', () => {
    const instance = begin(() => child(other, { x: 1 }));
    expect(instance.decision.commands).toEqual([
      { kind: 'child', n: 1, name: 'Other', args: '{"x":1}', childId: `instance-${instance.run}-1` },
    ]);
    instance.give({ type: 'completed', run: instance.run, n: 1, result: 'grown up' });
    expect(instance.step.result).toBe('grown up');
  });

  it('may be given an id', () => {
    expect(begin(() => child(other, 1, { id: 'mine' })).open()).toMatchObject([{ childId: 'mine' }]);
  });

  it.each(['', 'x'.repeat(257), '\ud800'])('refuses an id that no instance can have: %p', (id) => {
    expect(begin(() => child(other, 1, { id })).step.error?.code).toBe('InvalidOptions');
  });

  it('has an id that is not too long, however long its parent’s is', () => {
    const [command] = begin(() => child(other, 1), { id: 'p'.repeat(256) }).open();
    expect(command?.kind === 'child' && command.childId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('throws how the child ended where it did not end well', () => {
    const instance = begin(function* () {
      try {
        return yield* child(other, 1);
      } catch (error) {
        return [(error as ActivityError).activity, toErrorData(error).code];
      }
    });
    const error = { code: 'Terminated', message: 'by hand', retryable: false };
    instance.give({ type: 'failed', run: instance.run, n: 1, error });
    expect(instance.step.result).toEqual(['Other', 'Terminated']);
  });

  it('goes on by itself when nobody waits for it any more', () => {
    const instance = begin(() => race({ child: child(other, 1), event: waitForEvent(go) }));
    instance.raise('go');
    expect(withdrawn(instance)).toEqual([]);
    expect(instance.step.canceled).toEqual([1]);
  });
});

describe('the end of a child is told to its parent', () => {
  it('with the result', () => {
    const instance = startedBy(parent);
    expect(instance.step.parent).toEqual(parent);
    instance.complete('a', 'done');
    const body = { type: 'completed', run: 7, n: 3, result: 'done' };
    expect(instance.decision.replies).toEqual([{ to: parent, body }]);
  });

  it('with the error', () => {
    const instance = startedBy(parent);
    instance.fail('a', { code: 'Down', message: 'down', retryable: true });
    const error = { code: 'Down', message: 'down', retryable: false };
    expect(instance.decision.replies).toEqual([
      { to: parent, body: { type: 'failed', run: 7, n: 3, error } },
    ]);
  });

  it.each(['terminate', 'cancel'] as const)('after %s', (control) => {
    const instance = startedBy(parent);
    instance.control(control, 'by hand');
    expect(instance.decision.replies).toMatchObject([
      { to: parent, body: { type: 'failed', error: { message: 'by hand' } } },
    ]);
  });

  it('also where the child was restarted since, and nobody had published it yet', () => {
    const instance = startedBy(parent, () => call(a, 1));
    instance.complete('a', 'done');
    // ReplayedInstance compares what replay regenerates, the ended run's replies included.
    instance.control('restart');
    instance.complete('a', 'again');
    expect(instance.decisions.flatMap(({ replies }) => replies)).toHaveLength(2);
  });
});

describe('started by two (hazard 10)', () => {
  it('the same start again is a duplicate, also after the end', () => {
    const instance = startedBy(parent);
    instance.start(null, { parent });
    expect(disposition(instance)).toBe('duplicate');
    instance.complete('a');
    instance.start(null, { parent });
    expect(disposition(instance)).toBe('duplicate');
    expect(instance.decision.replies).toEqual([]);
  });

  it.each([
    ['another parent', { ...parent, id: 'somebody-else' }],
    ['another run of the parent', { ...parent, run: 8 }],
    ['another command of the parent', { ...parent, n: 4 }],
  ])('%s is told that the id is taken', (_, foreign) => {
    const instance = startedBy(parent);
    instance.start(null, { parent: foreign });
    expect(disposition(instance)).toBe('refused');
    expect(instance.decision.replies).toMatchObject([
      {
        to: foreign,
        body: {
          type: 'failed',
          run: foreign.run,
          n: foreign.n,
          error: { code: ENGINE_FAILURES.childIdTaken },
        },
      },
    ]);
    expect(instance.status).toBe('Running');
  });

  it('a child cannot have an id that a start from outside has', () => {
    const instance = begin(() => call(a, 1));
    instance.start(null, { parent });
    expect(instance.decision.replies).toMatchObject([{ to: parent }]);
  });
});
