import { ServiceConfig, Setting } from '@countersign/service';
import { IsInt, IsNumber, Min } from 'class-validator';
import { DEFAULT_LIMITS } from './shard/options';

export class CoordinatorConfig extends ServiceConfig {
  @Setting('CACHED_INSTANCES', 'executions of each shard that are kept alive for their next input')
  @IsInt()
  @Min(0)
  readonly cachedInstances: number = DEFAULT_LIMITS.cachedInstances;

  @Setting('PREFETCH', 'inputs of each shard that are in hand at once')
  @IsInt()
  @Min(1)
  readonly prefetch: number = 4_000;

  @Setting('RETENTION_DAYS', 'days that an instance is kept after it ended; 0 keeps it for ever')
  @IsNumber()
  @Min(0)
  readonly retentionDays: number = 30;
}
