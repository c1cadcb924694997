import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that a test waits for something. Generous, because the machine may be busy with other things; shorter than a test's own limit. */
export const PATIENCE = 50_000;

/**
 * Asks again and again until the answer is there and `accept` takes it.
 *
 * @throws Error that shows the last answer, or the last error of `ask`, when that takes too long
 */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  accept: (answer: T) => boolean = () => true,
  patience = PATIENCE,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    let last: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && accept(answer)) return answer;
      last = JSON.stringify(answer);
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`Still not so after ${patience} ms: ${String(last)}`, { cause: last });
    await pause(50);
  }
}

/**
 * Resolves when it is so.
 *
 * @throws Error that shows the condition's text when that takes too long, or whatever the condition throws
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE; !(await condition()); await pause(5))
    if (performance.now() > deadline) throw new Error(`Still not so after ${PATIENCE} ms: ${condition}`);
}
