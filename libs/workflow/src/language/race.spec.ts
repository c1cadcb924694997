import { all, call, race, saga, sleep, waitForEvent, type Operation } from '..';
import { a, b, begin, go, listed, published, undoA, withdrawn } from '../testing/refs';

describe('race', () => {
  it('says who won, and with what', () => {
    const instance = begin(() => race({ work: call(a, 1), limit: sleep(1_000) }));
    instance.complete('a', 'A');
    expect(instance.step.result).toEqual({ winner: 'work', value: 'A' });
  });

  it('withdraws the losers: timers and tasks by their messages, waits by forgetting them', () => {
    const instance = begin(() =>
      race({ work: call(a, 1), limit: sleep(1_000), event: waitForEvent(go), more: all([call(b, 1)]) }),
    );
    instance.raise('go');
    expect(withdrawn(instance)).toEqual(['task a', 'timer', 'task b']);
    expect(instance.step.canceled).toEqual([1, 2, 4]);
    expect(instance.step.waits).toEqual([]);
  });

  it('lets a failure win', () => {
    const instance = begin(() => race({ work: call(a, 1), limit: sleep(1_000) }));
    instance.fail('a', { code: 'Down' });
    expect(instance.step.error?.code).toBe('Down');
    expect(withdrawn(instance)).toEqual(['timer']);
  });

  it('publishes nothing of branches that lost in the same step', () => {
    const instance = begin(function* () {
      yield* sleep(10);
      return yield* race({
        task: call(a, 1),
        limit: sleep(1_000),
        event: waitForEvent(go),
        never: call(b, 1),
      });
    });
    instance.raise('go', 'early');
    instance.fire();
    expect(instance.step).toMatchObject({ result: { winner: 'event', value: 'early' }, canceled: [2, 3] });
    expect(listed(instance)).toEqual(['task a', 'timer', 'wait go']);
    expect(published(instance)).toEqual([]);
    expect(withdrawn(instance)).toEqual([]);
  });

  it('waits for the losers’ finally blocks, and lets them work', () => {
    const instance = begin(() =>
      race({
        event: waitForEvent(go),
        work: (function* () {
          try {
            return yield* call(a, 1);
          } finally {
            yield* call(undoA, 1);
          }
        })(),
      }),
    );
    instance.raise('go', 'G');
    expect(instance.status).toBe('Running');
    expect(published(instance)).toEqual(['task undo-a']);
    instance.complete('undo-a');
    expect(instance.step.result).toEqual({ winner: 'event', value: 'G' });
  });

  it('undoes what a losing saga has done', () => {
    const instance = begin(() =>
      race({
        event: waitForEvent(go),
        trip: saga(function* (saga) {
          yield* saga.do(call(a, 1), (done) => call(undoA, done));
          yield* call(b, 1);
        }),
      }),
    );
    instance.complete('a', 'seat');
    instance.raise('go');
    expect(withdrawn(instance)).toEqual(['task b']);
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-a', args: '"seat"' }]);
    instance.complete('undo-a');
    expect(instance.step.result).toMatchObject({ winner: 'event' });
  });

  it('does not begin what a saga would have to undo at once', () => {
    const instance = begin(function* () {
      yield* sleep(10);
      return yield* race({
        trip: saga((saga) => saga.do(call(a, 1), () => call(undoA, 1))) as Operation<unknown>,
        event: waitForEvent(go),
      });
    });
    instance.raise('go');
    instance.fire();
    expect(listed(instance)).toEqual(['wait go']);
    expect(instance.status).toBe('Completed');
  });

  it('shows a failure of a loser’s clean-up', () => {
    const instance = begin(() =>
      race({
        event: waitForEvent(go),
        work: saga(function* (saga) {
          yield* saga.do(call(a, 1), () => call(undoA, 1));
          yield* call(b, 1);
        }),
      }),
    );
    instance.complete('a');
    instance.raise('go');
    instance.fail('undo-a', { message: 'no such seat' });
    expect(instance.step.error).toMatchObject({ code: 'CompensationFailed' });
    expect(instance.step.error?.message).toContain('no such seat');
  });

  it('refuses to be empty: nobody could win', () => {
    expect(begin(() => race({})).step.error?.code).toBe('InvalidOptions');
  });
});
