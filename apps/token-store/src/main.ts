import { azureSettings } from '@countersign/azure';
import { ActivityServer } from '@countersign/jetstream';
import { runService } from '@countersign/service';
import { tokenStoreModule } from './app.module';
import { TokenStoreConfig } from './config';

await runService({
  name: 'token-store',
  config: TokenStoreConfig,
  settings: azureSettings,
  module: tokenStoreModule,
  strategy: (app) => app.get(ActivityServer),
});
