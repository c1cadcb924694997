import { setTimeout as pause } from 'node:timers/promises';
import { CodedError } from '@countersign/workflow';
import { PermissionViolationError } from '@nats-io/transport-node';

/** How long somebody else may take to make what is needed, in milliseconds. */
export const PATIENCE = 60_000;
const RETRY_INTERVAL = 250;

/**
 * Asks again and again for what another service makes, or what has no leader yet.
 *
 * @param what begins a sentence: `The stream WF_0`
 * @param look throws, or gives undefined, while it is not there
 * @throws CodedError `TopologyMissing` when the patience (milliseconds) is at its end; what `look` throws where this
 *   user may not look
 */
export async function untilThere<T>(
  what: string,
  look: () => Promise<T | undefined>,
  patience = PATIENCE,
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
    await pause(RETRY_INTERVAL);
  }
}

const missing = (what: string, patience: number, cause: unknown): CodedError =>
  new CodedError(
    'TopologyMissing',
    `${what} is not there, after ${patience / 1000} s. The services that run with TOPOLOGY=ensure (in production ` +
      'the saga-coordinator) make streams and consumers: start one of the same release, and look into its log.',
    { retryable: true, ...(cause !== undefined && { cause }) },
  );
