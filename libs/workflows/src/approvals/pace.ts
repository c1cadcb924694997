/** How long is waited for others, and how often something is repeated. Milliseconds. */
import type { CallOptions } from '@countersign/workflow';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The other side may be down for a working day before it is given up. */
export const PATIENT: CallOptions = { retry: { maxAttempts: 0 }, scheduleToClose: DAY };

/** Tried that long, but not beyond the life of the approval. */
export const within = (life: number, ttl: number): CallOptions => ({
  retry: { maxAttempts: 0 },
  scheduleToClose: Math.min(life, ttl),
});

/** What may fail without harm. */
export const BEST_EFFORT: CallOptions = { retry: { maxAttempts: 3 }, scheduleToClose: 2 * MINUTE };

/** Reminders at the interval that was asked for, before they become rarer. */
export const STEADY_REMINDERS = 30;
/** FlexDeploy is asked that often at the interval, before it is asked more rarely: for a day, by default. */
export const STEADY_READS = 288;
/** Questions about members at the shortest interval, before they become rarer. */
export const STEADY_QUESTIONS = 60;

/**
 * How long to wait until the next repetition of something that goes on since a while: the interval at
 * first; after so many of them ever longer, so that a year of waiting makes hundreds of repetitions, not millions.
 */
export const pause = (interval: number, waited: number, steady: number): number =>
  Math.max(interval, Math.ceil(waited / steady));
