import type { Clock } from '@countersign/workflow';

/** Resolves after `ms` milliseconds of the given clock. */
export const delay = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));
