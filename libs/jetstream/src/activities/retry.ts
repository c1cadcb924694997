import type { Progress, Task } from '@countersign/workflow';

/** A handler that took its process with it this often is not started again, whatever the policy. */
const LEAST_CRASHES = 3;

/**
 * How long to wait before the next attempt, in milliseconds; undefined when there is to be none.
 * @param starts handler starts so far, at least 1
 * @param now milliseconds since the epoch
 */
export function retryDelay({ retry, deadline }: Task, starts: number, now: number): number | undefined {
  if (retry.maxAttempts > 0 && starts >= retry.maxAttempts) return undefined;
  const delay = Math.min(retry.maxInterval, retry.initialInterval * retry.backoff ** (starts - 1));
  return now + delay < deadline ? delay : undefined;
}

/** Whether starts that neither succeeded nor failed are so many that the handler must have ended its process. */
export const crashedTooOften = ({ starts, failures }: Progress, { retry }: Task): boolean =>
  starts - failures >= Math.max(LEAST_CRASHES, retry.maxAttempts);
