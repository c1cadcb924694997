/**
 * Who may decide, and what one click comes to. Pure: the policy, the votes so far and the click are all
 * that it takes.
 */
import {
  ANONYMOUS_DOORS,
  type ApprovalPolicy,
  type Approvers,
  type Decision,
  type RefusalKind,
  type Vote,
} from '@countersign/contracts';
import { channelOf } from './channel-of';

/** What a policy says of who may decide, without gaps. */
export interface Rules {
  /** Both empty: anybody. */
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** How many different people must approve. */
  readonly quorum: number;
  readonly reasonOnReject: boolean;
  readonly noSelfApproval: boolean;
  readonly requestedBy?: string | undefined;
}

export type Verdict =
  | { readonly kind: 'decides' | 'counts' }
  | { readonly kind: 'refused'; readonly refused: RefusalKind }
  /** It depends on who is in the groups. */
  | { readonly kind: 'depends' };

export function rulesOf(policy: ApprovalPolicy = {}, requestedBy?: string): Rules {
  return {
    users: policy.approvers?.users ?? [],
    groups: policy.approvers?.groups ?? [],
    quorum: policy.quorum ?? 1,
    reasonOnReject: policy.reasonOnReject ?? false,
    noSelfApproval: policy.noSelfApproval ?? false,
    requestedBy,
  };
}

/** More people may decide. Where anybody may, that stays so. */
export function admitting(rules: Rules, { users = [], groups = [] }: Approvers): Rules {
  if (isOpen(rules)) return rules;
  return { ...rules, users: [...rules.users, ...users], groups: [...rules.groups, ...groups] };
}

/**
 * The first reason against it counts. One rejection rejects, also by somebody who had approved; a second
 * approval of one person is none.
 *
 * @param isMember whether who clicked is in one of the groups, where that was asked
 */
export function judge(click: Decision, rules: Rules, votes: readonly Vote[], isMember?: boolean): Verdict {
  const { action, by, channel, reason } = click;
  if (isAnonymous(channel) && namesPeople(rules)) return refuse('unidentified');
  if (rules.noSelfApproval && by.id === rules.requestedBy) return refuse('own-request');
  if (!isOpen(rules) && !rules.users.includes(by.id) && isMember !== true) {
    const depends =
      isMember === undefined && rules.groups.length > 0 && channelOf(channel)?.findMember !== undefined;
    return depends ? { kind: 'depends' } : refuse('not-an-approver');
  }
  if (action === 'reject')
    return rules.reasonOnReject && reason === undefined ? refuse('reason-required') : { kind: 'decides' };
  if (votes.some((vote) => vote.by.id === by.id)) return refuse('voted-already');
  return { kind: votes.length + 1 >= rules.quorum ? 'decides' : 'counts' };
}

const refuse = (refused: RefusalKind): Verdict => ({ kind: 'refused', refused });

const isOpen = ({ users, groups }: Rules): boolean => users.length === 0 && groups.length === 0;

const namesPeople = (rules: Rules): boolean => !isOpen(rules) || rules.quorum > 1 || rules.noSelfApproval;

const isAnonymous = (door: string): boolean => ANONYMOUS_DOORS.includes(door);
