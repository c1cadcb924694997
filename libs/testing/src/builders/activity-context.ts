import type { ActivityContext } from '@countersign/jetstream';

/** The context of the first attempt of activity `n` of an instance. */
export const contextOf = (
  instanceId: string,
  n = 1,
  more: Partial<ActivityContext> = {},
): ActivityContext => ({
  instanceId,
  run: 1,
  n,
  idempotencyKey: `${instanceId}/1/${n}`,
  attempt: 1,
  signal: new AbortController().signal,
  deadline: Number.MAX_SAFE_INTEGER,
  progress: () => Promise.resolve(),
  ...more,
});
