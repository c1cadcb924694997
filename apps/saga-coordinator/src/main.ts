import { runService } from '@countersign/service';
import { coordinatorModule } from './app.module';
import { CoordinatorConfig } from './config';

await runService({ name: 'saga-coordinator', config: CoordinatorConfig, module: coordinatorModule });
