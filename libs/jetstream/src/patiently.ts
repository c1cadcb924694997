import { setTimeout as pause } from 'node:timers/promises';

const ATTEMPTS = 10;
const ATTEMPT_INTERVAL = 200;

/** Another service that does the same at the same time, or a leader election, makes an attempt fail. */
export async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
      await pause(ATTEMPT_INTERVAL);
    }
  }
}
