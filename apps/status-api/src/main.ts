import { runService } from '@countersign/service';
import { statusApiModule } from './app.module';
import { StatusApiConfig } from './config';

await runService({ name: 'status-api', config: StatusApiConfig, module: statusApiModule });
