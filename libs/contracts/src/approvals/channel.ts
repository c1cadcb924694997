/** What every channel that asks people for decisions can do. A notifier knows nothing of what asked for it. */
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
} from 'class-validator';
import type { ActivityContract } from '../define';
import { Nested, NestedList } from '../nested';
import { ApprovalOutcome, DECISIONS, Person, Subject, TokenHashed, type DecisionKind } from './approval';

/** Where a message is: a Slack channel and the message's time stamp, a mailbox and a message id. */
export class MessageRef {
  @IsString()
  @Length(1, 320)
  channel!: string;

  @IsString()
  @Length(1, 320)
  ts!: string;
}

/** One vote, as a message shows it. */
export class ShownVote {
  @IsIn(DECISIONS)
  action!: DecisionKind;

  @Nested(() => Person)
  by!: Person;

  @IsISO8601()
  at!: string;
}

/** What is asked, and the token that an answer needs. */
class Question extends TokenHashed {
  @Nested(() => Subject)
  subject!: Subject;

  @IsString()
  @Length(1, 4000)
  sealedToken!: string;
}

/** The question, with everything that an answer needs. */
export class PostApproval extends Question {
  @IsISO8601()
  dueAt!: string;

  /** Where in the channel. Default: the notifier's own setting. */
  @IsOptional()
  @IsString()
  @Length(1, 320)
  to?: string;

  /** How many must approve, where that is more than one. */
  @IsOptional()
  @IsInt()
  @Min(2)
  @Max(20)
  quorum?: number;

  /** Who rejects will be asked why. */
  @IsOptional()
  @IsBoolean()
  reasonOnReject?: boolean;

  /** It was asked for elsewhere before, and nobody decided. */
  @IsOptional()
  @IsBoolean()
  escalated?: boolean;
}

/** The question again, in the message that asked it, with who has voted so far. */
export class ShowVotes extends PostApproval {
  @Nested(() => MessageRef)
  message!: MessageRef;

  @ArrayMaxSize(20)
  @NestedList(() => ShownVote)
  votes!: ShownVote[];
}

/** The question still waits. */
export class Remind extends PostApproval {
  @Nested(() => MessageRef)
  message!: MessageRef;

  /** 1 for the first one of an approval: tells a repeated attempt from the next reminder. */
  @IsInt()
  @Min(1)
  count!: number;
}

export class UpdateMessage extends MessageRef {
  @Nested(() => Subject)
  subject!: Subject;

  @Nested(() => ApprovalOutcome)
  outcome!: ApprovalOutcome;

  @IsISO8601()
  dueAt!: string;
}

export type MessageUpdated =
  | { readonly updated: true }
  /** The message is gone; that fails nothing. */
  | { readonly updated: false; readonly reason: string };

/** Something for one person, which nobody else sees. */
export class TellPerson {
  @Nested(() => MessageRef)
  message!: MessageRef;

  @Nested(() => Person)
  person!: Person;

  @IsString()
  @Length(1, 2000)
  text!: string;
}

export type PersonTold = { readonly told: true } | { readonly told: false; readonly reason: string };

/** Opens a dialog that asks one person why they reject. */
export class AskReason extends Question {
  @Nested(() => MessageRef)
  message!: MessageRef;

  @Nested(() => Person)
  person!: Person;

  /** The channel's leave to open a dialog. */
  @IsString()
  @Length(1, 200)
  triggerId!: string;
}

export type ReasonAsked = { readonly asked: true } | { readonly asked: false; readonly reason: string };

export class FindMember {
  @IsString()
  @Length(1, 200)
  user!: string;

  /** Those of a policy and of its escalation. */
  @IsArray()
  @ArrayMaxSize(40)
  @IsString({ each: true })
  groups!: string[];
}

/** The activities of one notifier. Those that a channel cannot do are left out. */
export interface ApprovalChannel {
  /** Asks. */
  readonly post: ActivityContract<PostApproval, MessageRef>;
  /** Says what became of it; nobody can answer any more. */
  readonly update: ActivityContract<UpdateMessage, MessageUpdated>;
  readonly remind: ActivityContract<Remind, MessageUpdated>;
  readonly showVotes?: ActivityContract<ShowVotes, MessageUpdated>;
  readonly tell?: ActivityContract<TellPerson, PersonTold>;
  readonly askReason?: ActivityContract<AskReason, ReasonAsked>;
  /** Whether somebody is in one of the groups. */
  readonly findMember?: ActivityContract<FindMember, { readonly member: boolean }>;
}
