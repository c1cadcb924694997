/** Schedules that nobody needs any more. */
import type { InstanceSubjects } from '@countersign/contracts';
import type { Decision } from '@countersign/workflow';

/** Subjects of the timers that a step withdrew. */
export function withdrawnTimers(subjects: InstanceSubjects, { step, withdrawn }: Decision): string[] {
  const timers = withdrawn.filter(({ kind }) => kind === 'timer');
  return timers.map(({ n }) => subjects.timer(step.run, n));
}

/**
 * Subjects of all schedules that end with a step: its own headers cancel the first, the others are purged once it is
 * stored (hazard 21). Only the headers may cancel the watchdog, which comes first: its subject is used again, and a purge
 * that is late would hit the next one.
 */
export function endedSchedules(
  subjects: InstanceSubjects,
  decision: Decision,
  watchdogIsOver: boolean,
): string[] {
  const timers = withdrawnTimers(subjects, decision);
  return watchdogIsOver ? [subjects.timer(decision.step.run, 'w'), ...timers] : timers;
}
