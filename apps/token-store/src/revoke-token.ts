import { RevokeToken, revokeToken } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { pendingRow, refuseForeign, type TokenRow } from './token-row';
import { type Transition, TokenTable } from './token-table.client';

/** Makes a token useless, also one whose row vanished; what was used before stays used. Repeatable. */
@Controller()
export class RevokeTokenHandler {
  constructor(private readonly tokens: TokenTable) {}

  @Activity(revokeToken)
  revoke(input: RevokeToken, { instanceId, signal }: ActivityContext): Promise<{ revoked: boolean }> {
    const revoked: TokenRow = { ...pendingRow(input, instanceId), State: 'Revoked', Reason: input.reason };
    return this.tokens.decide(
      input.tokenHash,
      (row) => {
        if (row) refuseForeign(row, input, instanceId);
        return revocationOf(row, revoked);
      },
      signal,
    );
  }
}

function revocationOf(row: TokenRow | undefined, revoked: TokenRow): Transition<{ revoked: boolean }> {
  if (!row || row.State === 'Pending') return { write: revoked, outcome: { revoked: true } };
  return { outcome: { revoked: row.State === 'Revoked' } };
}
