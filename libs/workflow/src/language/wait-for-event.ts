import type { EventRef } from '../definitions';
import { perform, type Operation } from './operation';

/**
 * Waits for an event that somebody raises. Events raised before the wait are kept; several of one
 * name resolve waits first in, first out.
 *
 * @example const { action } = yield* waitForEvent(decision.of(tokenHash));
 */
export function waitForEvent<Data>(event: EventRef<Data>): Operation<Data> {
  return perform({ type: 'wait', event: event.name });
}
