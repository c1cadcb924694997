import type { ActivityRef, CallOptions } from '../definitions';
import { perform, type Operation } from './operation';

/**
 * Has an activity performed by the service that serves its queue, and waits for the result.
 * Runs at least once; each attempt gets the same idempotency key.
 *
 * @throws ActivityError in the workflow when it failed for good: a terminal error, attempts used up,
 *   `ScheduleToCloseTimeout`; and at once `NotJson` or `ValueTooLarge` for its input.
 * @example const task = yield* call(readTask, { taskId }, { scheduleToClose: 60_000 });
 */
export function call<Input, Output>(
  activity: ActivityRef<Input, Output>,
  input: Input,
  options: CallOptions = {},
): Operation<Output> {
  return perform({ type: 'call', activity: activity.name, queue: activity.queue, input, options });
}
