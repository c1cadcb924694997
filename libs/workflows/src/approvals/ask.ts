/** Asks: a token, a message; again, where nobody answers; elsewhere, where that does not help. */
import { approvalChannels, saveToken, type ChannelName, type PostApproval } from '@countersign/contracts';
import {
  all,
  call,
  CodedError,
  forever,
  now,
  shield,
  sleepUntil,
  toErrorData,
  type Effect,
  type Operation,
  type Saga,
} from '@countersign/workflow';
import type { Approval, Posted } from './approval';
import { attempt } from './attempt';
import { BEST_EFFORT, DAY, HOUR, pause, SECOND, STEADY_REMINDERS, within } from './pace';
import { revoke, showOutcome, withdrawMessages } from './settle';
import { show } from './show';

/** Where in which channel. */
interface Place {
  readonly channel: ChannelName;
  readonly to: string | undefined;
}

/** Where it is asked first; undefined where nobody is. */
function firstPlace({ request: { policy, defaults } }: Approval): Place | undefined {
  const channel = policy?.channel ?? defaults.channel;
  return channel && { channel, to: policy?.to };
}

/** Where it is asked when nobody decides: at the same place, if nothing else is said. */
function nextPlace(approval: Approval): Place | undefined {
  const { escalation } = approval.request.policy ?? {};
  const first = firstPlace(approval);
  const channel = escalation?.channel ?? first?.channel;
  const to = escalation?.to ?? (channel === first?.channel ? first?.to : undefined);
  return escalation && channel && { channel, to };
}

/** What was done is undone when the approval fails or is cancelled: token revoked, buttons taken away. */
export function* ask(saga: Saga, approval: Approval): Generator<Effect, void, unknown> {
  const place = firstPlace(approval);
  const undoing = (undo: Operation<unknown>) => (approval.isOver ? all([]) : undo);
  yield* show(approval, 'preparing');
  if (place !== undefined || nextPlace(approval) !== undefined)
    yield* saga.do(makeToken(approval), () => undoing(revoke(approval, 'withdrawn')));
  yield* show(approval, 'waiting');
  yield* saga.do(askFirst(approval, place), () => undoing(withdrawMessages(approval)));
}

function* makeToken(approval: Approval): Generator<Effect, void, unknown> {
  const { request, dueAt, ttl } = approval;
  approval.token = yield* call(saveToken, { taskId: request.ref, dueAt }, within(DAY, ttl));
}

function* askFirst(approval: Approval, place: Place | undefined): Generator<Effect, void, unknown> {
  if (place !== undefined) approval.messages.push(yield* post(approval, place, within(HOUR, approval.ttl)));
}

/** Asks again from time to time; every message once. What cannot be said is left to the next time. */
export function* remind(approval: Approval): Generator<Effect, never, unknown> {
  const every = (approval.request.policy?.remindEverySeconds ?? 0) * SECOND;
  let last = approval.askedAt;
  for (let count = 1; every > 0; count++) {
    const next = last + pause(every, last - approval.askedAt, STEADY_REMINDERS);
    last = Math.max(next, yield* now());
    if (last >= approval.due) break;
    yield* sleepUntil(last);
    yield* all(approval.messages.map((posted) => remindOf(posted, count)));
  }
  return yield* forever();
}

const remindOf = ({ channel, question, message }: Posted, count: number): Operation<unknown> =>
  attempt(call(approvalChannels[channel].remind, { ...question, message, count }, BEST_EFFORT));

/** Asks elsewhere once it has waited for so long; from then on, others may decide, too. */
export function* escalate(approval: Approval): Generator<Effect, never, unknown> {
  const { escalation } = approval.request.policy ?? {};
  const at = approval.askedAt + (escalation?.afterSeconds ?? Infinity) * SECOND;
  if (escalation !== undefined && at < approval.due) {
    yield* sleepUntil(at);
    if (!approval.isOver) {
      approval.admit(escalation.approvers ?? {});
      yield* shield(askElsewhere(approval));
    }
  }
  return yield* forever();
}

/** Where it was decided while it was being posted, the message says so at once. */
function* askElsewhere(approval: Approval): Generator<Effect, void, unknown> {
  const place = nextPlace(approval);
  if (place === undefined) return;
  try {
    const left = approval.due - (yield* now());
    const posted = yield* post(approval, place, within(HOUR, left), true);
    approval.messages.push(posted);
    const { outcome } = approval;
    if (outcome !== undefined) yield* showOutcome(approval, posted, outcome);
  } catch (error) {
    approval.notes.push(`it could not be escalated: ${toErrorData(error).message}`);
  }
}

function* post(
  approval: Approval,
  { channel, to }: Place,
  patience: ReturnType<typeof within>,
  escalated = false,
): Generator<Effect, Posted, unknown> {
  const { request, dueAt, rules, token } = approval;
  if (token === undefined) throw new CodedError('NoToken', 'there is no token to ask with');
  const question: PostApproval = {
    subject: request.subject,
    dueAt,
    ...token,
    ...(to !== undefined && { to }),
    ...(rules.quorum > 1 && { quorum: rules.quorum }),
    ...(rules.reasonOnReject && { reasonOnReject: true }),
    ...(escalated && { escalated }),
  };
  const message = yield* call(approvalChannels[channel].post, question, patience);
  return { channel, question, message };
}
