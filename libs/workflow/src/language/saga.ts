import { ENGINE_FAILURES } from '../definitions';
import { ActivityError, CodedError, toErrorData } from '../errors';
import { perform, type Effect, type Operation } from './operation';

/** Failures for good after which the operation may have happened all the same. */
const MAY_HAVE_HAPPENED: ReadonlySet<string> = new Set([
  ENGINE_FAILURES.scheduleToClose,
  ENGINE_FAILURES.startToClose,
  ENGINE_FAILURES.attempts,
  ENGINE_FAILURES.tooLarge,
]);

/**
 * Neither cancel nor a lost race reaches into the branch: it ends first, then they take effect.
 * But its tasks are withdrawn, so that one that has not been started is not started any more.
 */
const protect = <T>(branch: Operation<T>): Operation<T> => perform({ type: 'protect', branch });

const undoing = (branch: Operation<void>): Operation<void> =>
  perform({ type: 'shield', branch, undoes: true });

export interface Saga {
  /**
   * Performs one operation and remembers how to undo it. Where the instance is cancelled meanwhile,
   * what was begun is waited for (its result, or its `scheduleToClose`), and then undone.
   *
   * @param undo gets the result, or undefined where it is not known whether the operation happened
   *   (the last attempt ended in a retryable failure, a time-out, a crash). After a terminal failure
   *   there is nothing to undo.
   */
  do<T>(operation: Operation<T>, undo: (value: T | undefined) => Operation<unknown>): Operation<T>;
}

type Undo = () => Operation<unknown>;

/**
 * Runs a body whose done parts are undone in reverse order when it fails, is cancelled or loses a
 * race. Nothing interrupts the undoing, but terminate.
 *
 * @throws what the body threw; `CompensationFailed` when an undo failed as well (the others still run).
 * @example
 * yield* saga(function* (saga) {
 *   const seat = yield* saga.do(call(reserve, trip), (seat) => call(release, { trip, seat }));
 *   yield* call(pay, { trip, seat });
 * });
 */
export function* saga<T>(body: (saga: Saga) => Operation<T>): Generator<Effect, T, unknown> {
  const undos: Undo[] = [];
  let completed = false;
  let reason: unknown;
  try {
    const value = yield* body({ do: (operation, undo) => protect(remembered(undos, operation, undo)) });
    completed = true;
    return value;
  } catch (error) {
    reason = error;
    throw error;
  } finally {
    if (!completed && undos.length > 0) yield* undoing(undoAll(undos, reason));
  }
}

function* remembered<T>(
  undos: Undo[],
  operation: Operation<T>,
  undo: (value: T | undefined) => Operation<unknown>,
): Generator<Effect, T, unknown> {
  try {
    const value = yield* operation;
    undos.push(() => undo(value));
    return value;
  } catch (error) {
    if (mayHaveHappened(error)) undos.push(() => undo(undefined));
    throw error;
  }
}

const mayHaveHappened = (error: unknown): boolean =>
  error instanceof ActivityError && (error.retryable || MAY_HAVE_HAPPENED.has(error.code));

function* undoAll(undos: readonly Undo[], reason: unknown): Generator<Effect, void, unknown> {
  const failures: string[] = [];
  for (const undo of undos.toReversed()) {
    try {
      yield* undo();
    } catch (error) {
      failures.push(toErrorData(error).message);
    }
  }
  if (failures.length === 0) return;
  const message = `could not be undone: ${failures.join('; ')}`;
  if (reason === undefined) throw new CodedError('CompensationFailed', message);
  const { code, message: why } = toErrorData(reason);
  throw new CodedError('CompensationFailed', `${why} (${code}), and ${message}`);
}
