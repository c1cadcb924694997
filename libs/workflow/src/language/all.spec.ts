import { ActivityError, all, call, CodedError, sleep, type Effect, type Operation } from '..';
import { a, b, begin, published, undoA, withdrawn } from '../testing/refs';

describe('all', () => {
  it('runs its branches side by side and gives their results in order', () => {
    const instance = begin(() => all([call(a, 1), call(b, 2)]));
    expect(published(instance)).toEqual(['task a', 'task b']);
    instance.complete('b', 'B');
    expect(instance.status).toBe('Running');
    instance.complete('a', 'A');
    expect(instance.step.result).toEqual(['A', 'B']);
  });

  it('of nothing is nothing', () => {
    expect(begin(() => all([])).step.result).toEqual([]);
  });

  it('takes whole generators, nested as deep as one likes', () => {
    function* twice(first: string) {
      const [x] = yield* all([call(a, first)]);
      const [y] = yield* all([call(b, x)]);
      return [x, y];
    }
    const instance = begin(() => all([twice('l'), twice('r')]));
    instance.complete('a', 'l1');
    instance.complete('b', 'l2');
    instance.complete('a', 'r1');
    instance.complete('b', 'r2');
    expect(instance.step.result).toEqual([
      ['l1', 'l2'],
      ['r1', 'r2'],
    ]);
  });

  it('stops the other branches at the first failure, and throws it when their finally blocks have run', () => {
    const instance = begin(() =>
      all([
        call(a, 1),
        (function* () {
          try {
            yield* sleep(1_000);
          } finally {
            yield* call(undoA, 1);
          }
        })(),
        call(b, 2),
      ]),
    );
    instance.fail('a', { code: 'Down' });
    expect(withdrawn(instance)).toEqual(['timer', 'task b']);
    expect(published(instance)).toEqual(['task undo-a']);
    expect(instance.status).toBe('Running');
    instance.complete('undo-a');
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'Down' } });
  });

  it('does not begin branches after one has failed at once', () => {
    let begun = false;
    function* fails(): Generator<Effect, void, unknown> {
      throw new CodedError('Early', 'at once');
    }
    function* second(): Generator<Effect, void, unknown> {
      begun = true;
    }
    const instance = begin(() => all([fails(), second()]));
    expect(instance.step.error?.code).toBe('Early');
    expect(begun).toBe(false);
  });

  it('lets a branch fail and be caught inside', () => {
    function* careful() {
      try {
        return yield* call(a, 1);
      } catch (error) {
        return error instanceof ActivityError ? error.code : 'what?';
      }
    }
    const instance = begin(() => all([careful(), call(b, 1)]));
    instance.fail('a', { code: 'Down' });
    instance.complete('b', 'B');
    expect(instance.step.result).toEqual(['Down', 'B']);
  });

  it('shows a failure of a finally block, which would be lost otherwise', () => {
    const instance = begin(() =>
      all([
        call(a, 1),
        (function* () {
          try {
            yield* sleep(1_000);
          } finally {
            yield* call(undoA, 1);
          }
        })(),
      ]),
    );
    instance.fail('a', { code: 'Down' });
    instance.fail('undo-a', { code: 'StillHeld' });
    expect(instance.step.error?.code).toBe('StillHeld');
  });

  it('fails where a branch is no operation, and orphans nothing', () => {
    const notAnOperation = Promise.resolve(1) as unknown as Operation<number>;
    const instance = begin(() => all([call(a, 1), notAnOperation]));
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'NotAnOperation' } });
    expect(published(instance)).toEqual([]);
  });

  it('ignores results that come after it was decided', () => {
    const instance = begin(function* () {
      try {
        yield* all([call(a, 1), call(b, 1)]);
      } catch {
        yield* sleep(10);
      }
    });
    const n = instance.numberOf('task', 'b');
    instance.fail('a');
    instance.give({ type: 'completed', run: instance.run, n, result: 1 });
    expect(instance.step.inputs).toMatchObject([{ outcome: 'late' }]);
    expect(instance.step.commands).toEqual([]);
  });
});
