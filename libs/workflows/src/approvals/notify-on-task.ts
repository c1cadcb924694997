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
  CodedError,
  isoTime,
  now,
  race,
  saga,
  setCustomStatus,
  shield,
  sleep,
  sleepUntil,
  toErrorData,
  waitForEvent,
  workflow,
  type Effect,
  type ErrorData,
  type Operation,
  type OutputOf,
  type Saga,
} from '@countersign/workflow';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DEFAULT_LIFE = 24 * 3600;
const DEFAULT_RECONCILE = 300;

/** The other side may be down for a working day before it is given up. */
const PATIENT = { retry: { maxAttempts: 0 }, scheduleToClose: 24 * HOUR } as const;
/** Tried that long, but not beyond the life of the approval. */
const within = (life: number, ttl: number) => ({
  retry: { maxAttempts: 0 },
  scheduleToClose: Math.min(life, ttl),
});
/** Asked again at the next round anyway. */
const ASKING = { retry: { maxAttempts: 3 }, scheduleToClose: 10 * 60 * SECOND } as const;

/** What stays the same from the first message to the last. */
interface Approval {
  readonly taskId: string;
  readonly subject: Subject;
  readonly dueAt: string;
  readonly token: SavedToken;
}

/** An approval that was asked for, and what came of it. */
interface Asked {
  readonly approval: Approval;
  readonly message: MessageRef;
  readonly answer: OutputOf<ReturnType<typeof answerTo>>;
}

/** How it ended: the click that won, if it was one; `error` where something could not be carried out. */
interface Settlement {
  readonly outcome: ApprovalOutcome;
  readonly decision?: ApprovalStatus['decision'];
  readonly error?: ErrorData;
}

/** Asking can be cancelled, and is undone then. What was decided is carried out, whoever cancels. */
export const notifyOnTaskV1 = workflow(notifyOnTask, { version: 1 }, function* (input) {
  const asked = yield* saga((saga) => ask(saga, input));
  const { outcome, error } = yield* shield(settle(asked));
  if (error !== undefined) throw new CodedError(error.code, error.message);
  return { taskId: asked.approval.taskId, ...outcome };
});

/** What was done is undone when it fails or is cancelled: token revoked, buttons taken away. */
function* ask(saga: Saga, input: NotifyOnTaskInput): Generator<Effect, Asked, unknown> {
  const taskId = String(input.taskid);
  const subject = { description: input.description, facts: [{ label: 'FlexDeploy task', value: taskId }] };
  const ttl = (input.ttlSeconds ?? DEFAULT_LIFE) * SECOND;
  const due = (yield* now()) + ttl;
  const dueAt = isoTime(due);
  yield* show({ stage: 'preparing', subject, dueAt });
  const token = yield* saga.do(call(saveToken, { taskId, dueAt }, within(24 * HOUR, ttl)), (saved) =>
    saved === undefined ? all([]) : revoke({ taskId, subject, dueAt, token: saved }, 'withdrawn'),
  );
  const approval = { taskId, subject, dueAt, token };
  yield* show({ stage: 'waiting', subject, dueAt, tokenHash: token.tokenHash });
  const message = yield* saga.do(
    call(postApproval, { subject, dueAt, ...token }, within(HOUR, ttl)),
    (posted) => (posted === undefined ? all([]) : withdraw(approval, posted)),
  );
  const reconcile = (input.reconcileSeconds ?? DEFAULT_RECONCILE) * SECOND;
  return { approval, message, answer: yield* answerTo(approval, due, reconcile) };
}

/** The instance's own race: one commit decides between a click, the due time and FlexDeploy itself. */
const answerTo = ({ taskId, token }: Approval, due: number, reconcile: number) =>
  race({
    decided: waitForEvent(decision.of(token.tokenHash)),
    expired: sleepUntil(due),
    reconciled: decidedElsewhere(taskId, reconcile),
  });

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

/** Tells everybody. Failures are kept as data, so that Slack is told before the instance fails. */
function* settle({ approval, message, answer }: Asked): Generator<Effect, Settlement, unknown> {
  const at = isoTime(yield* now());
  return yield* conclude(approval, message, yield* carryOut(approval, answer, at));
}

function* carryOut(
  approval: Approval,
  answer: Asked['answer'],
  at: string,
): Generator<Effect, Settlement, unknown> {
  switch (answer.winner) {
    case 'decided':
      return yield* deliver(approval, answer.value, at);
    case 'expired':
      return yield* retire(approval, 'expired', { kind: 'expired', at });
    case 'reconciled':
      return yield* retire(approval, 'decided in FlexDeploy', { kind: 'reconciled', at, note: answer.value });
  }
}

/** Claims the token and tells FlexDeploy. */
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
    const data = toErrorData(error);
    return { ...taken, outcome: { kind: 'failed', at, by, note: fit(data.message) }, error: data };
  }
}

/** Nobody can click any more. */
function* retire(
  approval: Approval,
  reason: string,
  outcome: ApprovalOutcome,
): Generator<Effect, Settlement, unknown> {
  try {
    yield* revoke(approval, reason);
    return { outcome };
  } catch (error) {
    return { outcome, error: toErrorData(error) };
  }
}

function notesOf({ action, by, channel, reason }: Decision): string {
  const what = action === 'approve' ? 'Approved' : 'Rejected';
  const why = reason === undefined ? '' : `: ${reason}`;
  return fit(`${what} by ${by.name} (${by.id}) through ${channel}${why}`);
}

/** Custom status and message say how it ended. A message that cannot be changed does not undo what was decided. */
function* conclude(
  approval: Approval,
  message: MessageRef,
  settlement: Settlement,
): Generator<Effect, Settlement, unknown> {
  try {
    yield* publish(approval, message, settlement);
    return settlement;
  } catch (error) {
    const { outcome } = settlement;
    const stale = `the message could not be updated: ${toErrorData(error).message}`;
    const note = fit(outcome.note === undefined ? stale : `${outcome.note}; ${stale}`);
    return { ...settlement, outcome: { ...outcome, note } };
  }
}

/** The custom status tells who had clicked, too, for those who come later. */
function* publish(
  { subject, dueAt, token: { tokenHash } }: Approval,
  { channel, ts }: MessageRef,
  { outcome, decision }: Settlement,
): Generator<Effect, void, unknown> {
  yield* show({ stage: 'decided', subject, dueAt, tokenHash, outcome, ...(decision && { decision }) });
  yield* call(updateMessage, { channel, ts, subject, dueAt, outcome }, PATIENT);
}

function* withdraw(approval: Approval, message: MessageRef): Generator<Effect, void, unknown> {
  const at = isoTime(yield* now());
  yield* publish(approval, message, { outcome: { kind: 'failed', at, note: 'the request was withdrawn' } });
}

/** Notes have at most 2,000 characters. */
const fit = (text: string): string => text.slice(0, 2000);

const revoke = ({ taskId, dueAt, token }: Approval, reason: string): Operation<unknown> =>
  call(revokeToken, { taskId, dueAt, tokenHash: token.tokenHash, reason }, PATIENT);

const show = (status: ApprovalStatus): Operation<void> => setCustomStatus(status);
