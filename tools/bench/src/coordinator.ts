/** The saga coordinator as it is deployed, with the benchmark's workflows. */
import './collect';
import { runService } from '@countersign/service';
import { coordinatorModule } from '../../../apps/saga-coordinator/src/app.module';
import { CoordinatorConfig } from '../../../apps/saga-coordinator/src/config';
import { definitions } from './workflows';

await runService({
  name: 'saga-coordinator',
  config: CoordinatorConfig,
  module: (config) => coordinatorModule(config, definitions),
});
