/** The saga coordinator as it is deployed, with the product's workflows and the benchmark's. */
import './collect';
import { runService } from '@countersign/service';
import { coordinatorModule } from '../../../apps/saga-coordinator/src/app.module';
import { CoordinatorConfig } from '../../../apps/saga-coordinator/src/config';
import { definitions as product } from '@countersign/workflows';
import { definitions } from './workflows';

await runService({
  name: 'saga-coordinator',
  config: CoordinatorConfig,
  module: (config) => coordinatorModule(config, [...product, ...definitions]),
});
