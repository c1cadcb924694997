import type { ActivityContext } from '@countersign/jetstream';

/** The context of one attempt of activity `n` of an instance. */
export const contextOf = (instanceId: string, n = 1, attempt = 1): ActivityContext => ({
  instanceId,
  run: 1,
  n,
  idempotencyKey: `${instanceId}/1/${n}`,
  attempt,
  signal: new AbortController().signal,
  deadline: Number.MAX_SAFE_INTEGER,
  progress: () => Promise.resolve(),
});
