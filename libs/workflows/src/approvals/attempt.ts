import { CanceledError, CodedError, type Effect, type Operation } from '@countersign/workflow';

/** Performs what may fail without harm; undefined where it did. */
export function* attempt<T>(operation: Operation<T>): Generator<Effect, T | undefined, unknown> {
  try {
    return yield* operation;
  } catch (error) {
    if (error instanceof CanceledError || !(error instanceof CodedError)) throw error;
    return undefined;
  }
}
