import { runService } from '@countersign/service';
import { sandbox } from './service';

await runService(sandbox);
