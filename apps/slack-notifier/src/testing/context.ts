import type { ActivityContext } from '@countersign/jetstream';

/** The context of one attempt; what it reports as progress is collected. */
export function contextOf(
  options: { attempt?: number; signal?: AbortSignal; progress?: (value: unknown) => Promise<void> } = {},
): ActivityContext {
  const { attempt = 1, signal = new AbortController().signal, progress = () => Promise.resolve() } = options;
  return {
    instanceId: 'approval of DiPocket',
    run: 1,
    n: 2,
    idempotencyKey: 'approval of DiPocket/1/2',
    attempt,
    signal,
    deadline: Number.MAX_SAFE_INTEGER,
    progress,
  };
}
