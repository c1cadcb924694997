import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds. */
const PATIENCE = 10_000;

/** Resolves when it is so. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE; !(await condition()); await pause(2))
    if (Date.now() > deadline) throw new Error(`not so after ${PATIENCE} ms: ${condition.toString()}`);
}
