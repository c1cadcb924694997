/** What a decision came to, and the one place that turns it into HTTP and into words. */
import type { DecisionKind, Person, RefusalKind, Subject } from '@countersign/contracts';
import type { ClosedApproval } from './approval-state';
import { readableTime } from './readable-time';

interface Known {
  readonly id: string;
  readonly subject: Subject;
}

/** The click is stored; what became of it is not known yet. */
export interface StoredVerdict extends Known {
  readonly kind: 'stored';
  readonly action: DecisionKind;
}

/** This click decided, alone or as one of a quorum. */
export interface DecidedVerdict extends Known {
  readonly kind: 'decided';
  readonly action: DecisionKind;
  readonly by: Person;
  readonly at: string;
}

/** This click counts; others are waited for. */
export interface CountedVerdict extends Known {
  readonly kind: 'counted';
  readonly action: DecisionKind;
  /** How many there are of this action. */
  readonly count: number;
  readonly quorum: number;
}

/** This click does not count, and the approval is still open. */
export interface RefusedVerdict extends Known {
  readonly kind: 'refused';
  readonly refused: RefusalKind;
}

export type Verdict = DecidedVerdict | CountedVerdict | RefusedVerdict | StoredVerdict | ClosedApproval;

/** `code` is the problem's machine-readable name; an answer below 400 has none. */
interface VerdictAnswer {
  readonly status: 202 | 403 | 404 | 409 | 410 | 422;
  readonly code?: string;
  readonly title: string;
  readonly text: string;
}

const PAST = { approve: 'Approved', reject: 'Rejected' } as const satisfies Record<DecisionKind, string>;
const NOUN = { approve: 'approval', reject: 'rejection' } as const satisfies Record<DecisionKind, string>;

/** What a person whose click does not count is told, at every door that answers it. */
export const REFUSAL_TEXTS = {
  'not-an-approver': 'You are not one of those who may decide this.',
  'own-request': 'You asked for this yourself: somebody else has to decide it.',
  'voted-already': 'You have voted already. Others have to approve, too.',
  unidentified:
    'Only certain people may decide this, and this way does not tell who you are. Decide in Slack, or with a key of your own.',
  'reason-required': 'A rejection needs a reason: say why, and reject again.',
} as const satisfies Record<RefusalKind, string>;

/** The HTTP status and the words for a verdict, the same at every door. */
export function answerOf(verdict: Verdict): VerdictAnswer {
  switch (verdict.kind) {
    case 'decided':
      return {
        status: 202,
        title: PAST[verdict.action],
        text: `${PAST[verdict.action]} by ${verdict.by.name} on ${readableTime(verdict.at)}.`,
      };
    case 'counted':
      return {
        status: 202,
        title: 'Counted',
        text: `Your ${NOUN[verdict.action]} is counted, ${verdict.count} of ${verdict.quorum}.`,
      };
    case 'stored':
      return {
        status: 202,
        title: 'Decision stored',
        text: 'The decision is stored and will be applied shortly. If somebody else was faster, theirs counts.',
      };
    case 'refused':
      return {
        status: verdict.refused === 'reason-required' ? 422 : 403,
        code: 'ApprovalRefused',
        title: verdict.refused === 'reason-required' ? 'Reason missing' : 'Not counted',
        text: REFUSAL_TEXTS[verdict.refused],
      };
    case 'used':
      return { status: 409, code: 'ApprovalUsed', title: 'Already decided', text: usedText(verdict) };
    case 'expired':
      return {
        status: 410,
        code: 'ApprovalExpired',
        title: 'Expired',
        text: `Nobody decided in time: the approval expired on ${readableTime(verdict.at)}.`,
      };
    case 'withdrawn':
      return {
        status: 410,
        code: 'ApprovalWithdrawn',
        title: 'Withdrawn',
        text: `There is nothing to decide any more: ${verdict.why}.`,
      };
    case 'unknown':
      return {
        status: 404,
        code: 'ApprovalUnknown',
        title: 'Approval not found',
        text: 'No approval has this token. Check that the link is complete.',
      };
  }
}

function usedText({ action, by, at, note }: Extract<Verdict, { kind: 'used' }>): string {
  const what =
    action === undefined
      ? 'Decided in the system that asked for it'
      : `${PAST[action]} by ${by?.name ?? 'somebody'}`;
  return `${what} on ${readableTime(at)}.${note === undefined ? '' : ` ${note}`}`;
}
