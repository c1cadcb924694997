import type { EventRef } from '../definitions';
import { perform, type Operation } from './operation';

/**
 * Raises an event in another instance, exactly once, without waiting for it to be consumed.
 *
 * @example yield* signal(orderId, paymentReceived, { amount });
 */
export function signal<Data>(target: string, event: EventRef<Data>, data: Data): Operation<void> {
  return perform({ type: 'signal', target, event: event.name, data });
}
