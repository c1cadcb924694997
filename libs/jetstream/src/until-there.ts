import { setTimeout as pause } from 'node:timers/promises';
import { CodedError } from '@countersign/workflow';
import { PermissionViolationError } from '@nats-io/transport-node';

/** How long somebody else may take to make what is needed, in milliseconds. */
export const PATIENCE = 60_000;
const RETRY_INTERVAL = 250;

export interface Waiting {
  /** In milliseconds. Default: a minute. */
  readonly patience?: number;
  /** Ends the waiting at once when it is aborted: nobody needs any more what is waited for. */
  readonly leaving?: AbortSignal;
}

/**
 * Asks again and again for what another service makes, or what has no leader yet.
 *
 * @param what begins a sentence: `The stream WF_0`
 * @param look throws, or gives undefined, while it is not there
 * @throws CodedError `TopologyMissing` when the patience is at its end; what `look` throws where this user may not look;
 *   the reason of `leaving`
 */
export async function untilThere<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { patience = PATIENCE, leaving = new AbortController().signal }: Waiting = {},
): Promise<T> {
  leaving.throwIfAborted();
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(leaving.reason);
  leaving.addEventListener('abort', leave);
  try {
    // A look that is under way may take seconds.
    return await Promise.race([left.promise, search(what, look, { patience, leaving })]);
  } finally {
    leaving.removeEventListener('abort', leave);
  }
}

async function search<T>(
  what: string,
  look: () => Promise<T | undefined>,
  { patience, leaving }: Required<Waiting>,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    let cause: unknown;
    try {
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      if (error instanceof PermissionViolationError) throw error;
      cause = error;
    }
    if (performance.now() + RETRY_INTERVAL > deadline) throw missing(what, patience, cause);
    await pause(RETRY_INTERVAL, undefined, { signal: leaving });
  }
}

const missing = (what: string, patience: number, cause: unknown): CodedError =>
  new CodedError(
    'TopologyMissing',
    `${what} is not there, after ${patience / 1000} s. The services that run with TOPOLOGY=ensure (in production ` +
      'the saga-coordinator) make streams and consumers: start one of the same release, and look into its log.',
    { retryable: true, ...(cause !== undefined && { cause }) },
  );
