import { type DynamicModule, Module } from '@nestjs/common';
import { ApiKeys } from './api-keys';

/** Brings `ApiKeys` to a service, and what `@RequireScope()` needs. */
@Module({})
export class ApiKeysModule {
  /** @param file setting KEYS_FILE; without it no key is known */
  static forRoot(file: string | undefined): DynamicModule {
    return {
      module: ApiKeysModule,
      global: true,
      providers: [{ provide: ApiKeys, useFactory: () => new ApiKeys({ file }) }],
      exports: [ApiKeys],
    };
  }
}
