import { perform, type Operation, type OutputOf } from './operation';

/** Which branch won, and with what: `winner` tells the type of `value`. */
export type RaceResult<Branches> = {
  [Name in keyof Branches]: { readonly winner: Name; readonly value: OutputOf<Branches[Name]> };
}[keyof Branches];

/**
 * Runs named branches side by side until the first one ends; a failure counts. The losers are
 * stopped: timers cancelled, waits dropped, open tasks withdrawn, `finally` blocks run.
 *
 * @example
 * const first = yield* race({ decided: waitForEvent(decision), expired: sleepUntil(dueAt) });
 * if (first.winner === 'decided') return first.value.action;
 */
export function race<Branches extends Readonly<Record<string, Operation<unknown>>>>(
  branches: Branches,
): Operation<RaceResult<Branches>> {
  return perform({ type: 'race', branches });
}
