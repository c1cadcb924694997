/** Queue `tokens`: approval tokens, stored hashed, used once. */
import { IsIn, IsISO8601, IsString, Length } from 'class-validator';
import { defineActivity } from '../define';
import { DECISIONS, Person, TokenHashed, type DecisionKind } from './approval';
import { Nested } from '../nested';

const queue = 'tokens';

export class SaveToken {
  /** The task that the token decides. */
  @IsString()
  @Length(1, 200)
  taskId!: string;

  /** When it expires (informative: the workflow's own timer decides). */
  @IsISO8601()
  dueAt!: string;
}

export interface SavedToken {
  readonly tokenHash: string;
  /** The token, encrypted for the notifiers: the journal never holds it in the clear. */
  readonly sealedToken: string;
}

export const saveToken = defineActivity<SavedToken>()({
  name: 'tokens.save',
  queue,
  input: SaveToken,
  description: 'Make a random token for one task of the calling instance and store its hash',
});

/** Carries all that the row holds, so that a row that vanished is written anew. */
export class ClaimToken extends TokenHashed {
  @IsString()
  @Length(1, 200)
  taskId!: string;

  @IsISO8601()
  dueAt!: string;

  @IsIn(DECISIONS)
  decision!: DecisionKind;

  @Nested(() => Person)
  by!: Person;

  @IsISO8601()
  at!: string;
}

export type TokenClaim =
  | { readonly claimed: true }
  /** Somebody else's claim or a revocation came first. */
  | {
      readonly claimed: false;
      readonly state: 'Used' | 'Revoked';
      readonly decidedBy?: string;
      readonly decidedAt?: string;
    };

export const claimToken = defineActivity<TokenClaim>()({
  name: 'tokens.claim',
  queue,
  input: ClaimToken,
  description: 'Mark a token as used by one decision; repeatable, exactly one claim wins',
});

export class RevokeToken extends TokenHashed {
  @IsString()
  @Length(1, 200)
  taskId!: string;

  @IsISO8601()
  dueAt!: string;

  @IsString()
  @Length(1, 200)
  reason!: string;
}

export const revokeToken = defineActivity<{ revoked: boolean }>()({
  name: 'tokens.revoke',
  queue,
  input: RevokeToken,
  description: 'Make a token useless; a used one stays used',
});
