import type { ApprovalStatus, Decision, Vote } from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import { approvalOf, approvalStatusOf, type ClosedApproval, type OpenApproval } from './approval-state';
import type { CountedVerdict, DecidedVerdict, RefusedVerdict } from './verdict';

/** A decision whose door gave it an id. */
export type Click = Decision & { readonly id: string };

/** What became of one click. */
export type Fate = DecidedVerdict | CountedVerdict | RefusedVerdict | ClosedApproval;

/**
 * What the public state of an instance says of one click on an approval that was open before; undefined
 * while it says nothing (or, where the approval was one of several stages, nothing any more).
 */
export function fateOf(
  view: InstanceView | undefined,
  { id, tokenHash, subject }: OpenApproval,
  click: Click,
): Fate | undefined {
  const status = approvalStatusOf(view, tokenHash);
  if (status === undefined) return view === undefined ? { kind: 'unknown' } : undefined;
  const about = { id, subject };
  const { refusals = [], votes = [], quorum = 1, decision } = status;
  const refusal = refusals.find((refusal) => refusal.id === click.id);
  if (refusal !== undefined) return { kind: 'refused', ...about, refused: refusal.refused };
  const { action } = click;
  if (decision !== undefined && isPartOf(decision, votes, click))
    return { kind: 'decided', ...about, action, by: decision.by, at: decision.at };
  const now = approvalOf(view, tokenHash);
  if (now.kind !== 'open') return now;
  if (!has(votes, click)) return undefined;
  return {
    kind: 'counted',
    ...about,
    action,
    count: votes.filter((vote) => vote.action === action).length,
    quorum,
  };
}

/** The click is the one that won, or one of those whose sum did. */
const isPartOf = (decision: NonNullable<ApprovalStatus['decision']>, votes: readonly Vote[], click: Click) =>
  decision.id === click.id || (decision.action === click.action && has(votes, click));

const has = (votes: readonly Vote[], { id }: Click) => votes.some((vote) => vote.id === id);
