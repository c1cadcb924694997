/**
 * One approval while it lasts: what its branches share. They wait for each other's changes with `until`.
 * Nothing here performs anything.
 */
import {
  type ApprovalOutcome,
  type ApprovalStatus,
  type Approvers,
  type ChannelName,
  type Decision,
  type MessageRef,
  type PostApproval,
  type Refusal,
  type RefusalKind,
  type SavedToken,
  type Vote,
} from '@countersign/contracts';
import { isoTime } from '@countersign/workflow';
import { channelOf } from './channel-of';
import { admitting, judge, rulesOf, type Rules } from './judge';
import { SECOND } from './pace';
import type { ApprovalRequest } from './request';

/** Refused clicks that are kept. */
const MAX_REFUSALS = 20;
/** People who wait to be told why their click does not count. */
const MAX_TELLS = 50;
/** What is shown of a reason; the result has all of it where the click counted. */
const MAX_SHOWN = 200;

/** A question that was asked, and where. */
export interface Posted {
  readonly channel: ChannelName;
  readonly question: PostApproval;
  readonly message: MessageRef;
}

/** A click of which it is not known yet whether it counts. */
export interface Unsure {
  click: Decision;
  /** When it came, and when it is asked about next; milliseconds since the epoch. */
  readonly time: number;
  askAt: number;
}

/** A click that does not count, and why. */
export interface Turned {
  readonly click: Decision;
  readonly why: RefusalKind | 'not-checked' | 'no-dialog';
}

export class Approval {
  rules: Rules;
  /** Set where somebody can be asked. */
  token?: SavedToken;
  readonly messages: Posted[] = [];
  readonly votes: Vote[] = [];
  readonly refusals: Refusal[] = [];
  /** The vote that decided. */
  decided?: Vote;
  /** The due time, the asking system or a vote has ended it: nothing is taken back any more. */
  isOver = false;
  /** Set once everything is carried out. */
  outcome?: ApprovalOutcome;
  /** What went wrong without ending it. */
  readonly notes: string[] = [];
  /** Work of other branches. */
  readonly unsure: Unsure[] = [];
  readonly tells: Turned[] = [];
  readonly dialogs: Decision[] = [];
  /** Somebody changes the messages. */
  isShowing = false;

  constructor(
    readonly request: ApprovalRequest,
    /** Milliseconds since the epoch, like `due`. */
    readonly askedAt: number,
  ) {
    this.rules = rulesOf(request.policy, request.requestedBy);
  }

  /** Milliseconds. */
  get ttl(): number {
    return (this.request.policy?.ttlSeconds ?? this.request.defaults.ttlSeconds) * SECOND;
  }

  get due(): number {
    return this.askedAt + this.ttl;
  }

  get dueAt(): string {
    return isoTime(this.due);
  }

  admit(approvers: Approvers): void {
    this.rules = admitting(this.rules, approvers);
  }

  /** Takes a click. `time` is when it came, in milliseconds since the epoch. */
  receive(click: Decision, time: number, isMember?: boolean): void {
    const verdict = judge(click, this.rules, this.votes, isMember);
    if (verdict.kind === 'depends') return this.#wonder({ click, time, askAt: time });
    const { id, action, by, channel, reason } = click;
    const vote: Vote = {
      ...(id !== undefined && { id }),
      action,
      by,
      channel,
      at: isoTime(time),
      ...(reason !== undefined && { reason }),
    };
    if (verdict.kind === 'refused') return this.#refuse(click, { ...vote, refused: verdict.refused });
    this.votes.push(vote);
    if (verdict.kind === 'decides') this.decided = vote;
  }

  /** Somebody is to be told something. */
  tell(click: Decision, why: Turned['why']): void {
    if (channelOf(click.channel)?.tell === undefined) return;
    this.tells.push({ click, why });
    if (this.tells.length > MAX_TELLS) this.tells.shift();
  }

  /** The custom status. Reasons are cut: the size of a status is limited. */
  status(stage: ApprovalStatus['stage'], more: Partial<ApprovalStatus> = {}): ApprovalStatus {
    const { subject } = this.request;
    const { quorum, reasonOnReject } = this.rules;
    const votes = quorum > 1 ? this.votes : [];
    return {
      stage,
      subject,
      dueAt: this.dueAt,
      ...(this.token && { tokenHash: this.token.tokenHash }),
      ...(quorum > 1 && { quorum }),
      ...(reasonOnReject && { reasonOnReject }),
      ...(votes.length > 0 && { votes: votes.map(shortened) }),
      ...(this.refusals.length > 0 && { refusals: this.refusals }),
      ...more,
    };
  }

  #refuse(click: Decision, refusal: Refusal): void {
    this.refusals.push(shortened(refusal));
    if (this.refusals.length > MAX_REFUSALS) this.refusals.shift();
    const dialog = refusal.refused === 'reason-required' && click.triggerId !== undefined;
    if (dialog && channelOf(click.channel)?.askReason !== undefined) this.dialogs.push(click);
    else this.tell(click, refusal.refused);
  }

  /** One and the same click of one person is asked about once. */
  #wonder(unsure: Unsure): void {
    const { by, action } = unsure.click;
    const known = this.unsure.find(({ click }) => click.by.id === by.id && click.action === action);
    if (known === undefined) this.unsure.push(unsure);
    else known.click = unsure.click;
  }
}

const shortened = <V extends Vote>(vote: V): V =>
  vote.reason === undefined || vote.reason.length <= MAX_SHOWN
    ? vote
    : { ...vote, reason: `${vote.reason.slice(0, MAX_SHOWN)}…` };
