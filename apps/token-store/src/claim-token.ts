import { ClaimToken, claimToken, type TokenClaim } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { nameOf, pendingRow, refuseForeign, type TokenRow } from './token-row';
import { type Transition, TokenTable } from './token-table.client';

/**
 * Marks a token as used by one decision. Exactly one claim wins; a repeated attempt of the winner
 * finds its own idempotency key and wins again. Neither the due date nor this machine's clock plays
 * a part: whether a decision came in time is decided by the race in the workflow, before this.
 */
@Controller()
export class ClaimTokenHandler {
  constructor(private readonly tokens: TokenTable) {}

  @Activity(claimToken)
  claim(input: ClaimToken, { instanceId, idempotencyKey, signal }: ActivityContext): Promise<TokenClaim> {
    const used: TokenRow = {
      ...pendingRow(input, instanceId),
      State: 'Used',
      ClaimKey: idempotencyKey,
      Decision: input.decision,
      DecidedBy: nameOf(input.by),
      DecidedAt: new Date(input.at),
    };
    return this.tokens.decide(
      input.tokenHash,
      (row) => {
        if (row) refuseForeign(row, input, instanceId);
        return claimOf(row, used);
      },
      signal,
    );
  }
}

/** A row that vanished is written anew as used: that it was not decided before, the workflow's journal knows. */
function claimOf(row: TokenRow | undefined, used: TokenRow): Transition<TokenClaim> {
  if (!row || row.State === 'Pending') return { write: used, outcome: { claimed: true } };
  if (row.State === 'Used' && row.ClaimKey === used.ClaimKey) return { outcome: { claimed: true } };
  const { State, DecidedBy, DecidedAt } = row;
  return {
    outcome: {
      claimed: false,
      state: State,
      ...(DecidedBy === undefined ? {} : { decidedBy: DecidedBy }),
      ...(DecidedAt === undefined ? {} : { decidedAt: DecidedAt.toISOString() }),
    },
  };
}
