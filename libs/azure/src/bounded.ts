/**
 * Makes a request that is given up when the caller gives up or the time in milliseconds is over. Nothing of it
 * stays behind: a query makes many (`AbortSignal.timeout` would keep each until its time is over).
 */
export async function bounded<T>(
  ms: number,
  signal: AbortSignal | undefined,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const stop = () => giveUp.abort(signal?.reason);
  const timer = setTimeout(() => giveUp.abort(new Error(`no answer within ${ms} ms`)), ms);
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted) stop();
    return await request(giveUp.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
