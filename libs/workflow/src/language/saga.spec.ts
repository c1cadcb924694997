import { call, CodedError, ENGINE_FAILURES, race, saga, shield, sleep, waitForEvent, type Saga } from '..';
import { a, b, begin, disposition, go, published, undoA, undoB, withdrawn } from '../testing/refs';

/** a, then b, then a wait; each with its undo. */
function* trip(saga: Saga) {
  const seat = yield* saga.do(call(a, 1), (seat) => call(undoA, seat ?? 'unknown'));
  const room = yield* saga.do(call(b, seat), (room) => call(undoB, room ?? 'unknown'));
  yield* waitForEvent(go);
  return [seat, room];
}
const beginTrip = () => begin(() => saga(trip));

describe('saga', () => {
  it('undoes nothing when all goes well', () => {
    const instance = beginTrip();
    instance.complete('a', 'A');
    instance.complete('b', 'B');
    instance.raise('go');
    expect(instance.step).toMatchObject({ status: 'Completed', result: ['A', 'B'], commands: [] });
  });

  it('undoes what was done in reverse order, and then fails with the reason', () => {
    const instance = begin(() =>
      saga(function* (saga) {
        yield* trip(saga);
        yield* call(a, 'pay');
      }),
    );
    instance.complete('a', 'A');
    instance.complete('b', 'B');
    instance.raise('go');
    instance.fail('a', { code: 'NoMoney' });
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-b', args: '"B"' }]);
    instance.complete('undo-b');
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-a', args: '"A"' }]);
    instance.complete('undo-a');
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'NoMoney' } });
  });

  it('does not undo what failed for good without having happened', () => {
    const instance = beginTrip();
    instance.fail('a', { code: 'NoSeat', retryable: false });
    expect(instance.step).toMatchObject({ status: 'Failed', commands: [] });
  });

  it.each([
    { code: ENGINE_FAILURES.scheduleToClose },
    { code: ENGINE_FAILURES.startToClose },
    { code: ENGINE_FAILURES.attempts },
    { code: ENGINE_FAILURES.tooLarge },
    { code: 'ConnectionReset', retryable: true },
  ])('undoes what may have happened: $code', (error) => {
    const instance = beginTrip();
    instance.fail('a', error);
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-a', args: '"unknown"' }]);
  });

  it('does not undo what was refused before it began', () => {
    const tooLarge = 'x'.repeat(300_000);
    const instance = begin(() => saga((saga) => saga.do(call(a, tooLarge), () => call(undoA, 1))));
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'ValueTooLarge' }, commands: [] });
  });

  it('tells which undo failed and why it was undone, after the others were tried', () => {
    const instance = beginTrip();
    instance.complete('a', 'A');
    instance.complete('b', 'B');
    instance.control('cancel', 'changed my mind');
    instance.fail('undo-b', { message: 'room is gone' });
    instance.complete('undo-a');
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'CompensationFailed' } });
    expect(instance.step.error?.message).toBe(
      'changed my mind (Canceled), and could not be undone: room is gone',
    );
  });

  it('does not begin an undo again that somebody tries to cancel', () => {
    const instance = beginTrip();
    instance.complete('a', 'A');
    instance.fail('b', { code: 'NoRoom' });
    expect(published(instance)).toEqual(['task undo-a']);
    instance.control('cancel', 'too late');
    expect(withdrawn(instance)).toEqual([]);
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-a' }]);
    instance.complete('undo-a');
    expect(instance.step.status).toBe('Canceled');
  });
});

describe('cancel while a protected task is in flight (hazard 24)', () => {
  it('withdraws the task, waits for its result, and then undoes it', () => {
    const instance = beginTrip();
    const n = instance.numberOf('task', 'a');
    instance.control('cancel');
    expect(withdrawn(instance)).toEqual(['task a']);
    expect(instance.step.canceled).toEqual([n]);
    expect(published(instance)).toEqual([]);
    expect(instance.open()).toEqual([]);
    expect(instance.status).toBe('Running');
    instance.give({ type: 'completed', run: instance.run, n, result: 'A' });
    expect(disposition(instance)).toBe('applied');
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-a', args: '"A"' }]);
    instance.complete('undo-a');
    expect(instance.step).toMatchObject({ status: 'Canceled', error: { code: 'Canceled' } });
  });

  it('waits until scheduleToClose at most, and then undoes what it does not know', () => {
    const instance = beginTrip();
    instance.control('cancel');
    expect(instance.earliestDeadline()).toBeDefined();
    instance.watchdog();
    expect(instance.openTasks()).toMatchObject([{ name: 'undo-a', args: '"unknown"' }]);
  });

  it('has nothing to undo when the task failed without having happened', () => {
    const instance = beginTrip();
    const n = instance.numberOf('task', 'a');
    instance.control('cancel');
    const error = { code: 'NoSeat', message: 'no', retryable: false };
    instance.give({ type: 'failed', run: instance.run, n, error });
    expect(instance.step).toMatchObject({ status: 'Canceled', commands: [] });
  });

  it('refuses a second cancel', () => {
    const instance = beginTrip();
    instance.control('cancel');
    instance.control('cancel');
    expect(disposition(instance)).toBe('refused');
  });

  it('reaches a protected task in a branch of a lost race as well', () => {
    const instance = begin(() => race({ trip: saga(trip), limit: sleep(10) }));
    const n = instance.numberOf('task', 'a');
    instance.fire();
    expect(withdrawn(instance)).toEqual(['task a']);
    instance.give({ type: 'completed', run: instance.run, n, result: 'A' });
    instance.complete('undo-a');
    expect(instance.step.result).toEqual({ winner: 'limit' });
  });
});

describe('shield', () => {
  const shielded = () =>
    begin(() =>
      shield(
        (function* () {
          yield* call(a, 1);
          return yield* call(b, 1);
        })(),
      ),
    );

  it('lets cancel wait until the end, and withdraws nothing', () => {
    const instance = shielded();
    instance.control('cancel', 'stop');
    expect(withdrawn(instance)).toEqual([]);
    instance.complete('a');
    expect(published(instance)).toEqual(['task b']);
    instance.complete('b', 'B');
    expect(instance.step).toMatchObject({ status: 'Canceled', error: { message: 'stop' } });
  });

  it('gives what the operation gives', () => {
    const instance = shielded();
    instance.complete('a');
    instance.complete('b', 'B');
    expect(instance.step.result).toBe('B');
  });

  it('shows its own failure rather than that somebody cancelled', () => {
    const instance = shielded();
    instance.control('cancel');
    instance.fail('a', { code: 'Down' });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'Down' } });
  });

  it('does not stop terminate', () => {
    const instance = shielded();
    instance.control('terminate', 'now');
    expect(instance.status).toBe('Terminated');
    expect(withdrawn(instance)).toEqual(['task a']);
  });
});

it('a workflow may catch that it was cancelled, and end well', () => {
  const instance = begin(function* () {
    try {
      yield* waitForEvent(go);
    } catch (error) {
      return error instanceof CodedError ? error.code : 'what?';
    }
    return 'not cancelled';
  });
  instance.control('cancel');
  expect(instance.step).toMatchObject({ status: 'Completed', result: 'Canceled' });
});
