import { JetStreamConnection, JetStreamModule } from '@countersign/jetstream';
import { Readiness } from '@countersign/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { ClaimTokenHandler } from './claim-token';
import type { TokenStoreConfig } from './config';
import { RevokeTokenHandler } from './revoke-token';
import { SaveTokenHandler } from './save-token';
import { TokenTable } from './token-table.client';

@Module({})
class TokenStoreModule {
  constructor(readiness: Readiness, nats: JetStreamConnection, tokens: TokenTable) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
    readiness.register('table', () => tokens.check());
  }
}

export const tokenStoreModule = ({ jetstream }: TokenStoreConfig): DynamicModule => ({
  module: TokenStoreModule,
  imports: [JetStreamModule.forRoot({ name: 'token-store', ...jetstream })],
  controllers: [SaveTokenHandler, ClaimTokenHandler, RevokeTokenHandler],
  providers: [TokenTable],
});
