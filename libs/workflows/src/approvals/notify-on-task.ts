/**
 * Application 1: a FlexDeploy task becomes an approval in a channel; the decision goes back.
 *
 * The instance's own race decides, once: a click, the due time, or FlexDeploy itself. The token
 * store and FlexDeploy are told afterwards, and repeating what they are told changes nothing.
 */
import {
  approveTask,
  claimToken,
  decision,
  notifyOnTask,
  postApproval,
  readTask,
  rejectTask,
  revokeToken,
  saveToken,
  updateMessage,
  type ApprovalOutcome,
  type ApprovalStatus,
  type Decision,
  type MessageRef,
  type NotifyOnTaskInput,
  type FlexDeployTask,
  type SavedToken,
  type Subject,
} from '@countersign/contracts';
import {
  all,
  ActivityError,
  call,
  CanceledError,
  CodedError,
  isoTime,
  now,
  race,
  saga,
  setCustomStatus,
  sleep,
  sleepUntil,
  toErrorData,
  waitForEvent,
  workflow,
  type Effect,
  type ErrorData,
  type Operation,
  type Saga,
} from '@countersign/workflow';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DEFAULT_LIFE = 24 * 3600;
const DEFAULT_RECONCILE = 300;

/** The other side may be down for a working day before it is given up. */
const PATIENT = { retry: { maxAttempts: 0 }, scheduleToClose: 24 * HOUR } as const;
/** Slack is tried for an hour, but not beyond the life of the approval. */
const posting = (ttl: number) => ({ retry: { maxAttempts: 0 }, scheduleToClose: Math.min(HOUR, ttl) });
/** Asked again at the next round anyway. */
const ASKING = { retry: { maxAttempts: 3 }, scheduleToClose: 10 * 60 * SECOND } as const;

/** What stays the same from the first message to the last. */
interface Approval {
  readonly taskId: string;
  readonly subject: Subject;
  readonly dueAt: string;
  readonly token: SavedToken;
}

/** How it ended: the click that won, if it was one; `error` where its decision could not be delivered. */
interface Settlement {
  readonly outcome: ApprovalOutcome;
  readonly decision?: ApprovalStatus['decision'];
  readonly error?: ErrorData;
}

export const notifyOnTaskV1 = workflow(notifyOnTask, { version: 1 }, function* (input) {
  const { outcome, error } = yield* saga((saga) => approve(saga, input));
  if (error !== undefined) throw new CodedError(error.code, error.message);
  return { taskId: String(input.taskid), ...outcome };
});

/** What was done is undone when the instance fails or is cancelled: token revoked, buttons taken away. */
function* approve(saga: Saga, input: NotifyOnTaskInput): Generator<Effect, Settlement, unknown> {
  const taskId = String(input.taskid);
  const subject = { description: input.description, facts: [{ label: 'FlexDeploy task', value: taskId }] };
  const ttl = (input.ttlSeconds ?? DEFAULT_LIFE) * SECOND;
  const due = (yield* now()) + ttl;
  const dueAt = isoTime(due);
  yield* show({ stage: 'preparing', subject, dueAt });
  const token = yield* saga.do(call(saveToken, { taskId, dueAt }, PATIENT), (saved) =>
    saved === undefined ? all([]) : revoke({ taskId, subject, dueAt, token: saved }, 'withdrawn'),
  );
  const approval = { taskId, subject, dueAt, token };
  yield* show({ stage: 'waiting', subject, dueAt, tokenHash: token.tokenHash });
  const message = yield* saga.do(call(postApproval, { subject, dueAt, ...token }, posting(ttl)), (posted) =>
    posted === undefined ? all([]) : withdraw(approval, posted),
  );
  const settlement = yield* settle(approval, input, due);
  yield* conclude(approval, message, settlement);
  return settlement;
}

/** The instance's own race: one commit decides between a click, the due time and FlexDeploy itself. */
function* settle(
  approval: Approval,
  input: NotifyOnTaskInput,
  due: number,
): Generator<Effect, Settlement, unknown> {
  const first = yield* race({
    decided: waitForEvent(decision.of(approval.token.tokenHash)),
    expired: sleepUntil(due),
    reconciled: decidedElsewhere(approval.taskId, (input.reconcileSeconds ?? DEFAULT_RECONCILE) * SECOND),
  });
  const at = isoTime(yield* now());
  switch (first.winner) {
    case 'decided':
      return yield* deliver(approval, first.value, at);
    case 'expired':
      yield* revoke(approval, 'expired');
      return { outcome: { kind: 'expired', at } };
    case 'reconciled':
      yield* revoke(approval, 'decided in FlexDeploy');
      return { outcome: { kind: 'reconciled', at, note: first.value } };
  }
}

/** Ends when FlexDeploy no longer calls the task PENDING; gives what it calls it then. */
function* decidedElsewhere(taskId: string, interval: number): Generator<Effect, string, unknown> {
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

/** Claims the token and tells FlexDeploy. A failure is kept as data: Slack is told before the instance fails. */
function* deliver(approval: Approval, click: Decision, at: string): Generator<Effect, Settlement, unknown> {
  const { taskId, subject, dueAt, token } = approval;
  const { action, by } = click;
  const { tokenHash } = token;
  const taken = { decision: { action, by, at } };
  yield* show({ stage: 'deciding', subject, dueAt, tokenHash, ...taken });
  try {
    const claim = yield* call(claimToken, { taskId, dueAt, tokenHash, decision: action, by, at }, PATIENT);
    if (!claim.claimed)
      throw new CodedError('TokenNotClaimed', `the token was ${claim.state.toLowerCase()} before`);
    const tell = action === 'approve' ? approveTask : rejectTask;
    const told = yield* call(tell, { taskId, notes: notesOf(click) }, PATIENT);
    if (told.outcome === 'already-decided')
      return { ...taken, outcome: { kind: 'reconciled', at, by, note: told.status } };
    return { ...taken, outcome: { kind: action === 'approve' ? 'approved' : 'rejected', at, by } };
  } catch (error) {
    if (error instanceof CanceledError) throw error;
    const data = toErrorData(error);
    const outcome = { kind: 'failed', at, by, note: data.message.slice(0, 2000) } as const;
    return { ...taken, outcome, error: data };
  }
}

function notesOf({ action, by, channel, reason }: Decision): string {
  const what = action === 'approve' ? 'Approved' : 'Rejected';
  const why = reason === undefined ? '' : `: ${reason}`;
  return `${what} by ${by.name} (${by.id}) through ${channel}${why}`.slice(0, 2000);
}

/** The message says how it ended; the custom status too, and who had clicked, for those who come later. */
function* conclude(
  approval: Approval,
  message: MessageRef,
  { outcome, decision }: Settlement,
): Generator<Effect, void, unknown> {
  const { subject, dueAt, token } = approval;
  const { tokenHash } = token;
  const clicked = decision === undefined ? {} : { decision };
  yield* show({ stage: 'decided', subject, dueAt, tokenHash, outcome, ...clicked });
  const { channel, ts } = message;
  yield* call(updateMessage, { channel, ts, subject, dueAt, outcome }, PATIENT);
}

function* withdraw(approval: Approval, message: MessageRef): Generator<Effect, void, unknown> {
  const at = isoTime(yield* now());
  yield* conclude(approval, message, {
    outcome: { kind: 'failed', at, note: 'the request was withdrawn' },
  });
}

const revoke = ({ taskId, dueAt, token }: Approval, reason: string): Operation<unknown> =>
  call(revokeToken, { taskId, dueAt, tokenHash: token.tokenHash, reason }, PATIENT);

const show = (status: ApprovalStatus): Operation<void> => setCustomStatus(status);
