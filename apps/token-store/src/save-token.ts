import { type SavedToken, SaveToken, saveToken } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { hashToken, makeToken, seal } from '@countersign/service';
import { Controller } from '@nestjs/common';
import { TokenStoreConfig } from './config';
import { pendingRow } from './token-row';
import { TokenTable } from './token-table.client';

/**
 * Makes a token for the calling instance. Each attempt makes another one, which is safe: only the
 * result that reaches the instance first is ever handed out, so the token of another attempt is known
 * to nobody and its row stays pending for ever without effect.
 */
@Controller()
export class SaveTokenHandler {
  constructor(
    private readonly tokens: TokenTable,
    private readonly config: TokenStoreConfig,
  ) {}

  @Activity(saveToken)
  async save(input: SaveToken, { instanceId, signal }: ActivityContext): Promise<SavedToken> {
    const token = makeToken(instanceId);
    const tokenHash = hashToken(token);
    // A hash that is there already is our own request, repeated because its answer was lost.
    await this.tokens.insert(tokenHash, pendingRow(input, instanceId), signal);
    return { tokenHash, sealedToken: seal(token, this.config.tokenKey) };
  }
}
