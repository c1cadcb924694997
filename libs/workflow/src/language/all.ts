import { perform, type Operation, type OutputOf } from './operation';

/**
 * Runs branches side by side and gives all their results in order. The first failure stops the
 * other branches (their `finally` blocks run) and is thrown. A branch may be a whole generator.
 *
 * @example const [user, order] = yield* all([call(readUser, id), call(readOrder, id)]);
 */
export function all<const Branches extends readonly Operation<unknown>[]>(
  branches: Branches,
): Operation<{ -readonly [K in keyof Branches]: OutputOf<Branches[K]> }> {
  return perform({ type: 'all', branches });
}
