import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 50;
/** Generous: the machine may be busy with other things. */
const PATIENCE_MS = 30_000;

/**
 * Asks again and again until the answer is there and `accept` takes it.
 *
 * @throws Error that shows the last answer, or the last error of `ask`, when that takes too long
 */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  accept: (answer: T) => boolean = () => true,
  patience = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && accept(answer)) return answer;
      last = JSON.stringify(answer);
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline)
      throw new Error(`Still not so after ${patience} ms: ${String(last)}`, { cause: last });
    await pause(POLL_MS);
  }
}
