import { ENGINE_FAILURES } from '../definitions';
import { CodedError, toErrorData } from '../errors';
import { perform, type Effect, type Operation } from './operation';

/** Failures after which the operation may have happened all the same. */
const MAY_HAVE_HAPPENED: ReadonlySet<string> = new Set([
  ENGINE_FAILURES.scheduleToClose,
  ENGINE_FAILURES.attempts,
]);

/** Neither cancel nor a lost race reaches into the branch: it ends first, then they take effect. */
const protect = <T>(branch: Operation<T>): Operation<T> => perform({ type: 'protect', branch });

export interface Saga {
  /**
   * Performs an operation and remembers how to undo it. Where the instance is cancelled meanwhile,
   * what was begun is waited for (its result, or its `scheduleToClose`), and then undone.
   *
   * @param undo gets the result, or undefined where it is not known whether the operation happened.
   */
  do<T>(operation: Operation<T>, undo: (value: T | undefined) => Operation<unknown>): Operation<T>;
}

/**
 * Runs a body whose done parts are undone in reverse order when it fails, is cancelled or loses a race.
 *
 * @throws what the body threw; `CompensationFailed` when an undo failed as well (the others still run).
 * @example
 * yield* saga(function* (saga) {
 *   const seat = yield* saga.do(call(reserve, trip), (seat) => call(release, { trip, seat }));
 *   yield* call(pay, { trip, seat });
 * });
 */
export function* saga<T>(body: (saga: Saga) => Operation<T>): Generator<Effect, T, unknown> {
  const undos: (() => Operation<unknown>)[] = [];
  let completed = false;
  try {
    const value = yield* body({ do: (operation, undo) => protect(remembered(undos, operation, undo)) });
    completed = true;
    return value;
  } finally {
    if (!completed) yield* undoAll(undos);
  }
}

function* remembered<T>(
  undos: (() => Operation<unknown>)[],
  operation: Operation<T>,
  undo: (value: T | undefined) => Operation<unknown>,
): Generator<Effect, T, unknown> {
  try {
    const value = yield* operation;
    undos.push(() => undo(value));
    return value;
  } catch (error) {
    if (MAY_HAVE_HAPPENED.has(toErrorData(error).code)) undos.push(() => undo(undefined));
    throw error;
  }
}

function* undoAll(undos: (() => Operation<unknown>)[]): Generator<Effect, void, unknown> {
  const failures: string[] = [];
  for (const undo of undos.reverse()) {
    try {
      yield* undo();
    } catch (error) {
      failures.push(toErrorData(error).message);
    }
  }
  if (failures.length > 0) {
    throw new CodedError('CompensationFailed', `could not be undone: ${failures.join('; ')}`);
  }
}
