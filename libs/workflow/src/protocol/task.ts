import type { RetryPolicy } from '../definitions';
import type { Json } from '../json';

/** Body of a task message; instance id, queue, activity, run and number are in its subject. */
export interface Task {
  readonly input: Json;
  readonly retry: RetryPolicy;
  /** Milliseconds one attempt may take. */
  readonly startToClose: number;
  /** End of `scheduleToClose`, in milliseconds since the epoch: no attempt starts after it. */
  readonly deadline: number;
  /** Of the step that decided it: its span, or its instance's, as a `traceparent` (W3C Trace Context). */
  readonly trace?: string;
}

/** Body of the newest `.progress` message of an activity. */
export interface Progress {
  /** Handler starts that left a record (the first start leaves none unless it failed). */
  readonly starts: number;
  /** Of those, how many failed in an orderly way; the others took their process with them. */
  readonly failures: number;
  /** What the handler reported last. */
  readonly value?: Json;
  /** Last failure, for people. */
  readonly lastError?: string;
}
