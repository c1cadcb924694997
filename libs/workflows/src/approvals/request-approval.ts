/**
 * People decide something, as a policy says: the building block of every application that asks for approval.
 *
 * The instance's own race decides, once: a click that completes what the policy asks for, the due time, or
 * the asking system itself. Token store, asking system and messages are told afterwards, and repeating what
 * they are told changes nothing. Every click is judged by the step that takes it (see `judge.ts`).
 */
import { decision, type ApprovalResult } from '@countersign/contracts';
import {
  CodedError,
  forever,
  now,
  race,
  saga,
  shield,
  sleepUntil,
  type Effect,
  type Operation,
  type Saga,
} from '@countersign/workflow';
import { askReasons, inquire, listen, showVotes, tellPeople } from './answers';
import { Approval } from './approval';
import { ask, escalate, remind } from './ask';
import { readDecision, readDoorDecision } from './click';
import type { ApprovalRequest } from './request';
import { settle, type Ending, type Settlement } from './settle';

/**
 * Asks, and waits until it is decided. Asking can be cancelled, and is undone then: token revoked, buttons
 * taken away. What was decided is carried out, whoever cancels.
 *
 * @throws CodedError where it could not be asked, or what was decided could not be carried out
 *   (`TokenNotClaimed`, whatever `deliver` throws); people have been told by then.
 * @example
 * const { kind } = yield* requestApproval({
 *   ref: talk.id,
 *   subject: { description: talk.title, facts: [] },
 *   policy: { quorum: 2 },
 *   defaults: { channel: 'slack', ttlSeconds: 86_400 },
 *   show: (approval) => setCustomStatus({ stage: 'Selection', approval }),
 * });
 */
export function* requestApproval(request: ApprovalRequest): Generator<Effect, ApprovalResult, unknown> {
  const approval = new Approval(request, yield* now());
  const { outcome, error } = yield* saga((saga) => conduct(saga, approval));
  if (error !== undefined) throw new CodedError(error.code, error.message);
  return { ...outcome, votes: approval.votes, refusals: approval.refusals };
}

/** What goes on beside never ends by itself; it is stopped when everything is settled. */
function* conduct(saga: Saga, approval: Approval): Generator<Effect, Settlement, unknown> {
  yield* ask(saga, approval);
  const { value } = yield* race({
    settled: decide(approval),
    told: tellPeople(approval),
    shown: showVotes(approval),
    escalated: escalate(approval),
  });
  return value;
}

function* decide(approval: Approval): Generator<Effect, Settlement, unknown> {
  const ending = yield* endingOf(approval);
  approval.isOver = true;
  return yield* shield(settle(approval, ending));
}

/** One commit decides between a vote, the due time and the asking system. */
function* endingOf(approval: Approval): Generator<Effect, Ending, unknown> {
  const { request, token, due } = approval;
  const first = yield* race({
    clicked: token ? listen(approval, decision.of(token.tokenHash), readDecision) : rest(),
    expired: sleepUntil(due),
    reconciled: request.elsewhere?.decided ?? forever(),
    withdrawn: request.withdrawn ?? forever(),
    entered: request.door ? listen(approval, request.door, readDoorDecision) : rest(),
    inquired: inquire(approval),
    reasons: askReasons(approval),
    reminded: remind(approval),
  });
  switch (first.winner) {
    case 'expired':
      return { by: 'time' };
    case 'reconciled':
      return { by: 'itself', status: first.value };
    case 'withdrawn':
      return { by: 'withdrawal', reason: first.value };
    default:
      return { by: 'vote', vote: approval.decided! };
  }
}

const rest = (): Operation<void> => forever();
