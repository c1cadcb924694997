import { type ServiceOptions } from '@countersign/service';
import { AppModule } from './app.module';
import { SandboxConfig } from './config';

export const sandbox: ServiceOptions<SandboxConfig> = {
  name: 'sandbox',
  config: SandboxConfig,
  module: () => ({ module: AppModule }),
};
