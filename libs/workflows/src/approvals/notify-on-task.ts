/** Application 1: a FlexDeploy task becomes an approval in a channel; the decision goes back. */
import {
  approveTask,
  notifyOnTask,
  readTask,
  rejectTask,
  taskChanged,
  type FlexDeployTask,
  type NotifyOnTaskInput,
  type Subject,
  type Vote,
} from '@countersign/contracts';
import {
  ActivityError,
  call,
  now,
  patched,
  race,
  setCustomStatus,
  sleep,
  waitForEvent,
  workflow,
  type CallOptions,
  type Effect,
  type Operation,
} from '@countersign/workflow';
import { fit } from '../note';
import { MINUTE, PATIENT, pause, SECOND, STEADY_READS } from './pace';
import type { Decided, Delivered } from './request';
import { requestApproval } from './request-approval';

const DEFAULT_LIFE = 24 * 3600;
const DEFAULT_RECONCILE = 300;

/** Asked again at the next round anyway. */
const ASKING: CallOptions = { retry: { maxAttempts: 3 }, scheduleToClose: 10 * MINUTE };

export const notifyOnTaskV1 = workflow(notifyOnTask, { version: 1 }, function* (input) {
  const taskId = String(input.taskid);
  const hears = yield* patched('task-changed');
  const interval = (input.reconcileSeconds ?? DEFAULT_RECONCILE) * SECOND;
  const decided = hears ? decidedThere(taskId, interval) : decidedThereBefore(taskId, interval);
  const {
    votes: _votes,
    refusals: _refusals,
    ...outcome
  } = yield* requestApproval({
    ref: taskId,
    subject: subjectOf(input, taskId),
    requestedBy: input.requestedBy,
    policy: input.approval,
    defaults: { channel: 'slack', ttlSeconds: input.ttlSeconds ?? DEFAULT_LIFE },
    show: setCustomStatus,
    elsewhere: { name: 'FlexDeploy', decided },
    deliver: (decided) => tellFlexDeploy(taskId, decided),
    terse: !hears,
  });
  return { taskId, ...outcome };
});

const subjectOf = ({ description, facts = [] }: NotifyOnTaskInput, taskId: string): Subject => ({
  description,
  facts: [{ label: 'FlexDeploy task', value: taskId }, ...facts],
});

const tellFlexDeploy = (taskId: string, decided: Decided): Operation<Delivered> =>
  call(decided.action === 'approve' ? approveTask : rejectTask, { taskId, notes: notesOf(decided) }, PATIENT);

/** Ends when FlexDeploy no longer calls the task PENDING; gives what it calls it then. Looks at once when told of a change. */
function* decidedThere(taskId: string, interval: number): Generator<Effect, string, unknown> {
  const begin = yield* now();
  for (;;) {
    const waited = (yield* now()) - begin;
    yield* race({ tick: sleep(pause(interval, waited, STEADY_READS)), told: waitForEvent(taskChanged) });
    const task = yield* readAfterChanges(taskId);
    if (task.found && task.status !== 'PENDING') return task.status;
  }
}

/** What is being read may be older than a change that is told meanwhile. */
function* readAfterChanges(taskId: string): Generator<Effect, FlexDeployTask, unknown> {
  for (;;) {
    const first = yield* race({ read: readQuietly(taskId), told: waitForEvent(taskChanged) });
    if (first.winner === 'read') return first.value;
  }
}

/** The same for instances that began before FlexDeploy told of changes. */
function* decidedThereBefore(taskId: string, interval: number): Generator<Effect, string, unknown> {
  for (;;) {
    yield* sleep(interval);
    const task = yield* readQuietly(taskId);
    if (task.found && task.status !== 'PENDING') return task.status;
  }
}

/** FlexDeploy out of reach ends nothing: the approval goes on, and the next round asks again. */
function* readQuietly(taskId: string): Generator<Effect, FlexDeployTask, unknown> {
  try {
    return yield* call(readTask, { taskId }, ASKING);
  } catch (error) {
    if (error instanceof ActivityError) return { found: false };
    throw error;
  }
}

/** Who decided, through which door, and why; for a quorum, all of them. */
function notesOf({ action, by, channel, reason, votes }: Decided): string {
  const what = action === 'approve' ? 'Approved' : 'Rejected';
  const who =
    action === 'approve' && votes.length > 1 ? votes.map((vote) => nameOf(vote)).join(', ') : nameOf({ by });
  const why = reason === undefined ? '' : `: ${reason}`;
  return fit(`${what} by ${who} through ${channel}${why}`);
}

const nameOf = ({ by }: Pick<Vote, 'by'>): string => `${by.name} (${by.id})`;
