import { runService } from '@countersign/service';
import { statusApiModule } from './app.module';
import { StatusApiConfig } from './config';
import { management } from './management/management.module';

const service = { name: 'status-api', config: StatusApiConfig };

await runService({ ...service, module: statusApiModule }, { ...service, ...management });
