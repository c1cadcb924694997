/** What becomes of an approval once it is over: the token, the asking system, the messages. */
import {
  approvalChannels,
  claimToken,
  revokeToken,
  type ApprovalOutcome,
  type ApprovalStatus,
  type Vote,
} from '@countersign/contracts';
import {
  all,
  call,
  CodedError,
  isoTime,
  now,
  toErrorData,
  until,
  type Effect,
  type ErrorData,
  type Operation,
} from '@countersign/workflow';
import { fit } from '../note';
import type { Approval, Posted } from './approval';
import { PATIENT } from './pace';
import type { Delivered } from './request';
import { show } from './show';

const WITHDRAWN = 'the request was withdrawn';

/** How it ended. */
export type Ending =
  | { readonly by: 'vote'; readonly vote: Vote }
  | { readonly by: 'time' }
  /** The asking system; `status` is what it says. */
  | { readonly by: 'itself'; readonly status: string }
  /** Who asked does not need it any more. */
  | { readonly by: 'withdrawal'; readonly reason: string };

/** The click that won, if it was one; `error` where something could not be carried out. */
export interface Settlement {
  readonly outcome: ApprovalOutcome;
  readonly decision?: ApprovalStatus['decision'];
  readonly error?: ErrorData;
}

/** Tells everybody. Failures are kept as data, so that people are told before the instance fails. */
export function* settle(approval: Approval, ending: Ending): Generator<Effect, Settlement, unknown> {
  const at = isoTime(yield* now());
  return yield* conclude(approval, yield* carryOut(approval, ending, at));
}

/** Nobody decides any more: the messages say so, and the token is worth nothing. */
export function* withdrawMessages(approval: Approval): Generator<Effect, void, unknown> {
  if (approval.messages.length === 0) return;
  const at = isoTime(yield* now());
  const problems = yield* publish(approval, {
    outcome: { kind: 'failed', at, note: WITHDRAWN },
  });
  if (problems.length > 0) throw new CodedError('MessageNotWithdrawn', problems.join('; '));
}

export function revoke({ request, dueAt, token }: Approval, reason: string): Operation<unknown> {
  if (token === undefined) return all([]);
  const { tokenHash } = token;
  return call(revokeToken, { taskId: request.ref, dueAt, tokenHash, reason }, PATIENT);
}

/** The question is answered: a message shows the outcome in place of the buttons. */
export function showOutcome(
  { request, dueAt }: Approval,
  { channel, message }: Posted,
  outcome: ApprovalOutcome,
): Operation<unknown> {
  const { subject } = request;
  const { update } = approvalChannels[channel];
  return call(update, { channel: message.channel, ts: message.ts, subject, dueAt, outcome }, PATIENT);
}

function carryOut(approval: Approval, ending: Ending, at: string): Operation<Settlement> {
  const { elsewhere } = approval.request;
  switch (ending.by) {
    case 'vote':
      return deliver(approval, ending.vote, at);
    case 'time':
      return retire(approval, 'expired', { kind: 'expired', at });
    case 'itself':
      return retire(approval, `decided in ${elsewhere?.name}`, {
        kind: 'reconciled',
        at,
        note: ending.status,
      });
    case 'withdrawal':
      return retire(approval, 'withdrawn', {
        kind: 'failed',
        at,
        note: fit(`${WITHDRAWN}: ${ending.reason}`),
      });
  }
}

/** Claims the token and tells the asking system. */
function* deliver(approval: Approval, vote: Vote, at: string): Generator<Effect, Settlement, unknown> {
  const { request, votes } = approval;
  const { id, action, by, channel, reason } = vote;
  const decision = { ...(id !== undefined && { id }), action, by, at };
  const who = { at, by, ...(!request.terse && { channel, ...(reason !== undefined && { reason }) }) };
  yield* show(approval, 'deciding', { decision });
  try {
    yield* claim(approval, vote, at);
    const told: Delivered = request.deliver
      ? yield* request.deliver({ ...vote, votes })
      : { outcome: 'applied' };
    if (told.outcome === 'already-decided')
      return { decision, outcome: { kind: 'reconciled', ...who, note: told.status } };
    return { decision, outcome: { kind: action === 'approve' ? 'approved' : 'rejected', ...who } };
  } catch (error) {
    const data = toErrorData(error);
    return { decision, outcome: { kind: 'failed', ...who, note: fit(data.message) }, error: data };
  }
}

/** Throws CodedError `TokenNotClaimed`. */
function* claim(
  { request, dueAt, token }: Approval,
  { action, by }: Vote,
  at: string,
): Generator<Effect, void, unknown> {
  if (token === undefined) return;
  const { tokenHash } = token;
  const input = { taskId: request.ref, dueAt, tokenHash, decision: action, by, at };
  const claim = yield* call(claimToken, input, PATIENT);
  if (!claim.claimed)
    throw new CodedError('TokenNotClaimed', `the token was ${claim.state.toLowerCase()} before`);
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

/** Custom status and messages say how it ended. A message that cannot be changed does not undo what was decided. */
function* conclude(approval: Approval, settlement: Settlement): Generator<Effect, Settlement, unknown> {
  const known = noted(settlement, approval.notes);
  const problems = yield* publish(approval, known);
  return noted(known, problems);
}

/** Gives what could not be changed. The custom status tells who had clicked, too, for those who come later. */
function* publish(
  approval: Approval,
  { outcome, decision }: Settlement,
): Generator<Effect, string[], unknown> {
  yield* show(approval, 'decided', { ...(decision && { decision }), outcome });
  yield* until(() => !approval.isShowing);
  approval.outcome = outcome;
  const problems = yield* all(
    approval.messages.map((posted) => quietly(showOutcome(approval, posted, outcome))),
  );
  return problems.flatMap((problem) => problem ?? []);
}

function* quietly(update: Operation<unknown>): Generator<Effect, string | undefined, unknown> {
  try {
    yield* update;
    return undefined;
  } catch (error) {
    return `the message could not be updated: ${toErrorData(error).message}`;
  }
}

function noted(settlement: Settlement, notes: readonly string[]): Settlement {
  if (notes.length === 0) return settlement;
  const { outcome } = settlement;
  const note = fit([...(outcome.note === undefined ? [] : [outcome.note]), ...notes].join('; '));
  return { ...settlement, outcome: { ...outcome, note } };
}
