import type { Readable } from 'node:stream';
import { Problem } from '@countersign/service';

export interface Patience {
  /** Milliseconds for which the client may send nothing. */
  readonly silence: number;
  /** Milliseconds for all of it. */
  readonly total: number;
  /** Aborts when the service cannot wait for the rest. */
  readonly over: AbortSignal;
}

/**
 * The body of a request as it comes; no more of it is read than somebody asks for. Only the client's time
 * counts, not that of who reads.
 *
 * @throws Problem 408 when the client takes too long, 400 when it goes away, 503 when the service does
 */
export async function* received(
  body: Readable,
  { silence, total, over }: Patience,
): AsyncGenerator<Buffer, void, undefined> {
  const chunks: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false });
  let left = total;
  try {
    for (;;) {
      const asked = Date.now();
      const { value, done } = await soon(chunks.next(), Math.min(silence, left), over);
      left -= Date.now() - asked;
      if (done) return;
      yield value;
    }
  } finally {
    // Not awaited: it may wait for the client, too.
    void chunks.return?.().catch(() => undefined);
  }
}

/** Gives up after so many milliseconds; the promise may still settle, and nobody minds. */
async function soon<T>(promise: Promise<T>, ms: number, over: AbortSignal): Promise<T> {
  const tooLong = Promise.withResolvers<never>();
  const slow = () =>
    tooLong.reject(new Problem(408, 'The file came too slowly, or stopped coming. Nothing was kept.'));
  const stop = () => tooLong.reject(stopping());
  const timer = setTimeout(slow, ms);
  if (over.aborted) stop();
  over.addEventListener('abort', stop);
  try {
    return await Promise.race([promise, tooLong.promise]);
  } catch (error) {
    promise.catch(() => undefined);
    if (error instanceof Problem) throw error;
    throw new Problem(400, 'The upload broke off. Nothing was kept.', { cause: error });
  } finally {
    clearTimeout(timer);
    over.removeEventListener('abort', stop);
  }
}

const stopping = () =>
  new Problem(
    503,
    'This service is being replaced, and the file came too slowly. Nothing was kept. Send it again.',
    {
      headers: { 'retry-after': '1' },
    },
  );
