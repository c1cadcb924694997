/** What every channel and every application knows of an approval. */
import { IsIn, IsISO8601, IsOptional, IsString, Length, Matches, MaxLength } from 'class-validator';
import { defineKeyedEvent } from '../define';
import { Nested, NestedList } from '../nested';

export const DECISIONS = ['approve', 'reject'] as const;
export type DecisionKind = (typeof DECISIONS)[number];

/** Who did something, as the channel knows them. */
export class Person {
  /** The channel's own id of the person (a Slack user id). */
  @IsString()
  @Length(1, 200)
  id!: string;

  /** For people to read. */
  @IsString()
  @Length(1, 200)
  name!: string;
}

const KEY_HOLDER = 'key:';

/** The caller of the HTTP API whose key has this name, as policies know them. */
export const keyHolder = (name: string): Person => ({ id: `${KEY_HOLDER}${name}`, name });

export const isKeyHolder = ({ id }: Person): boolean => id.startsWith(KEY_HOLDER);

/** The data of the `decision` event: one click, by one person, through one channel. */
export class Decision {
  /** Of this click, made where it came in: tells who clicked what became of it. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  id?: string;

  @IsIn(DECISIONS)
  action!: DecisionKind;

  @Nested(() => Person)
  by!: Person;

  /** Which door it came through: `slack`, `page`, `http`, `key`. */
  @IsString()
  @Length(1, 40)
  channel!: string;

  @IsOptional()
  @IsString()
  @MaxLength(2000)
  reason?: string;

  /** Slack's leave to open a dialog for this person; worth something for three seconds. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  triggerId?: string;
}

/** Raised by a click; its full name ends in the hash of the approval's token. */
export const decision = defineKeyedEvent({
  name: 'decision',
  data: Decision,
  description: 'Somebody pressed Approve or Reject',
});

/** One labelled fact that helps to decide (`Task: 8900`). */
export class Fact {
  @IsString()
  @Length(1, 100)
  label!: string;

  @IsString()
  @Length(1, 2000)
  value!: string;
}

/** What is to be decided, for people to read. */
export class Subject {
  @IsString()
  @Length(1, 3000)
  description!: string;

  @NestedList(() => Fact)
  facts!: Fact[];
}

/** Lower-case hexadecimal SHA-256 of a token: how everything but the approver's link refers to it. */
export const TOKEN_HASH = /^[0-9a-f]{64}$/;

export const APPROVAL_OUTCOMES = ['approved', 'rejected', 'expired', 'reconciled', 'failed'] as const;
/**
 * How an approval ended. `reconciled`: it was decided in the system that had asked for it.
 * `failed`: the decision was taken, but could not be delivered.
 */
export type ApprovalOutcomeKind = (typeof APPROVAL_OUTCOMES)[number];

/** How an outcome is called in the heading of a message. */
export const OUTCOME_TITLES = {
  approved: 'Approved',
  rejected: 'Rejected',
  expired: 'Expired',
  reconciled: 'Decided elsewhere',
  failed: 'Could not be carried out',
} as const satisfies Record<ApprovalOutcomeKind, string>;

export class ApprovalOutcome {
  @IsIn(APPROVAL_OUTCOMES)
  kind!: ApprovalOutcomeKind;

  @IsOptional()
  @Nested(() => Person)
  by?: Person;

  @IsISO8601()
  at!: string;

  /** Through which door it was decided. */
  @IsOptional()
  @IsString()
  @MaxLength(40)
  channel?: string;

  /** Why, in the words of who decided. */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  reason?: string;

  /** What else there is to say: the state in the other system, the reason of a failure. */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  note?: string;
}

/** A decision that counts: who, when, where, why. */
export interface Vote {
  /** The click's. */
  readonly id?: string;
  readonly action: DecisionKind;
  readonly by: Person;
  /** Which door it came through. */
  readonly channel: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason?: string;
}

/**
 * Why a click did not count. `unidentified`: only named people may decide, and the door does not tell who
 * it was. `reason-required`: a rejection without a reason; the same person is asked for it.
 */
export const REFUSALS = [
  'not-an-approver',
  'own-request',
  'voted-already',
  'unidentified',
  'reason-required',
] as const;
export type RefusalKind = (typeof REFUSALS)[number];

/** A click that did not count, kept all the same. */
export interface Refusal extends Vote {
  readonly refused: RefusalKind;
}

/**
 * The custom status of an instance while and after it waits for an approval. Ingestion answers
 * from it: which token the instance waits on, and who won.
 */
export interface ApprovalStatus {
  readonly stage: 'preparing' | 'waiting' | 'deciding' | 'decided';
  readonly subject: Subject;
  /** ISO 8601. */
  readonly dueAt: string;
  /** Set from `waiting` on. */
  readonly tokenHash?: string;
  /** How many must approve, where that is more than one. */
  readonly quorum?: number;
  /** Who rejects must say why. */
  readonly reasonOnReject?: boolean;
  /** Those that count, oldest first; set from the first one on where one alone does not decide. */
  readonly votes?: readonly Vote[];
  /** The newest clicks that did not count, oldest first. */
  readonly refusals?: readonly Refusal[];
  /** Set from `deciding` on: the click that won; its `id` tells who clicked that it was theirs. */
  readonly decision?: {
    readonly id?: string;
    readonly action: DecisionKind;
    readonly by: Person;
    readonly at: string;
  };
  /** Set when `decided`. */
  readonly outcome?: ApprovalOutcome;
}

export class TokenHashed {
  @Matches(TOKEN_HASH, { message: 'tokenHash must be a SHA-256 in lower-case hexadecimal' })
  tokenHash!: string;
}
