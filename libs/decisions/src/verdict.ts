/** What a decision came to, and the one place that turns it into HTTP and into words. */
import type { DecisionKind, Person, Subject } from '@countersign/contracts';
import type { ClosedApproval } from './approval-state';
import { readableTime } from './readable-time';

/** The click is stored; whether it won is not known yet. */
export interface StoredVerdict {
  readonly kind: 'stored';
  readonly id: string;
  readonly subject: Subject;
  readonly action: DecisionKind;
}

export type Verdict =
  /** This click is the one that counts. */
  | {
      readonly kind: 'decided';
      readonly id: string;
      readonly subject: Subject;
      readonly action: DecisionKind;
      readonly by: Person;
      readonly at: string;
    }
  | StoredVerdict
  | ClosedApproval;

/** `code` is the problem's machine-readable name; an answer below 400 has none. */
interface VerdictAnswer {
  readonly status: 202 | 404 | 409 | 410;
  readonly code?: string;
  readonly title: string;
  readonly text: string;
}

const PAST = { approve: 'Approved', reject: 'Rejected' } as const satisfies Record<DecisionKind, string>;

/** The HTTP status and the words for a verdict, the same at every door. */
export function answerOf(verdict: Verdict): VerdictAnswer {
  switch (verdict.kind) {
    case 'decided':
      return {
        status: 202,
        title: PAST[verdict.action],
        text: `${PAST[verdict.action]} by ${verdict.by.name} on ${readableTime(verdict.at)}.`,
      };
    case 'stored':
      return {
        status: 202,
        title: 'Decision stored',
        text: 'The decision is stored and will be applied shortly. If somebody else was faster, theirs counts.',
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
