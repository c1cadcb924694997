/**
 * Application 2: a query that outlives every HTTP timeout. One activity does the work, resumes from
 * its own checkpoint after a crash and reports its progress; this only says how long it may take,
 * and that nothing of it stays behind.
 */
import { countDistinct, discardCheckpoint, queryAudit } from '@countersign/contracts';
import { ActivityError, call, shield, workflow, type Effect } from '@countersign/workflow';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** An attempt that hangs is given up after hours; the next one goes on where it was. */
const PATIENT = { retry: { maxAttempts: 0 }, startToClose: 6 * HOUR, scheduleToClose: 24 * HOUR } as const;
/** The answer is there already: it does not wait long for a storage that is down. */
const BRIEF = { scheduleToClose: MINUTE } as const;

export const queryAuditV1 = workflow(queryAudit, { version: 1 }, function* ({ start, end }) {
  try {
    return yield* call(countDistinct, { start, end }, PATIENT);
  } finally {
    yield* shield(discard());
  }
});

/** What cannot be deleted now, the worker sweeps later. */
function* discard(): Generator<Effect, void, unknown> {
  try {
    yield* call(discardCheckpoint, {}, BRIEF);
  } catch (error) {
    if (!(error instanceof ActivityError)) throw error;
  }
}
