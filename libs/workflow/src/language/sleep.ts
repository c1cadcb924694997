import { perform, type Operation } from './operation';

/**
 * Waits for a duration, in milliseconds: a second or a month. Nothing is held meanwhile.
 *
 * @example yield* sleep(5 * 60_000);
 */
export function sleep(ms: number): Operation<void> {
  return perform({ type: 'sleep', ms });
}

/**
 * Waits until a moment, in milliseconds since the epoch or as a Date; one in the past is over at once.
 *
 * @example yield* sleepUntil(Date.parse(order.dueAt));
 */
export function sleepUntil(moment: number | { getTime(): number }): Operation<void> {
  return perform({ type: 'sleepUntil', at: typeof moment === 'number' ? moment : moment.getTime() });
}
