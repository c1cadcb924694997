import {
  approvalsIn,
  type ApprovalStatus,
  type DecisionKind,
  type Person,
  type Subject,
} from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import { sameDigest } from '@countersign/service';
import { isTerminal } from '@countersign/workflow';

/** An approval that waits for its decision. */
export interface OpenApproval extends Pick<ApprovalStatus, 'quorum' | 'reasonOnReject' | 'votes'> {
  readonly kind: 'open';
  readonly id: string;
  readonly tokenHash: string;
  readonly subject: Subject;
  /** ISO 8601. */
  readonly dueAt: string;
}

/** What a token leads to when it decides nothing any more. */
export type ClosedApproval =
  /** Nothing waits, or ever waited, on this token. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired'; readonly id: string; readonly subject: Subject; readonly at: string }
  /** The instance ended without a decision. */
  | { readonly kind: 'withdrawn'; readonly id: string; readonly subject: Subject; readonly why: string }
  | UsedApproval;

/** Somebody decided already. */
interface UsedApproval {
  readonly kind: 'used';
  readonly id: string;
  readonly subject: Subject;
  /** Undefined when it was decided in the system that had asked. */
  readonly action?: DecisionKind;
  readonly by?: Person;
  readonly at: string;
  readonly note?: string;
}

/** What an instance says of the approval with this token. */
export function approvalStatusOf(
  view: InstanceView | undefined,
  tokenHash: string,
): ApprovalStatus | undefined {
  return approvalsIn(view?.step?.customStatus).find((approval) =>
    sameDigest(approval.tokenHash ?? '', tokenHash),
  );
}

/** What the public state of an instance says of the approval with this token. */
export function approvalOf(view: InstanceView | undefined, tokenHash: string): OpenApproval | ClosedApproval {
  const status = approvalStatusOf(view, tokenHash);
  if (view === undefined || status === undefined) return { kind: 'unknown' };
  const { subject, dueAt, quorum, reasonOnReject, votes, decision, outcome } = status;
  const about = { id: view.id, subject };
  const note = outcome?.note === undefined ? {} : { note: outcome.note };
  if (outcome?.kind === 'expired') return { kind: 'expired', ...about, at: outcome.at };
  if (outcome?.kind === 'reconciled') return { kind: 'used', ...about, at: outcome.at, ...note };
  if (decision !== undefined) {
    const { action, by, at } = decision;
    return { kind: 'used', ...about, action, by, at, ...note };
  }
  if (outcome !== undefined || isTerminal(view.status))
    return { kind: 'withdrawn', ...about, why: outcome?.note ?? `The workflow is ${view.status}` };
  return {
    kind: 'open',
    ...about,
    tokenHash,
    dueAt,
    ...(quorum !== undefined && { quorum }),
    ...(reasonOnReject !== undefined && { reasonOnReject }),
    ...(votes !== undefined && { votes }),
  };
}
