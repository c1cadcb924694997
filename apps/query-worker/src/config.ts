import { MAX_PAGE_ROWS } from '@countersign/azure';
import { ServiceConfig, Setting } from '@countersign/service';
import { IsInt, IsString, Matches, Max, Min } from 'class-validator';

export class QueryWorkerConfig extends ServiceConfig {
  @Setting('TABLES_CONNECTION_STRING', 'storage account that holds the audit table')
  @IsString()
  readonly tables!: string;

  @Setting('BLOBS_CONNECTION_STRING', 'storage account for checkpoints; may be that of the audit table')
  @IsString()
  readonly blobs!: string;

  @Setting('AUDIT_TABLE', 'name of the audit table')
  @Matches(/^[A-Za-z][A-Za-z0-9]{2,62}$/, { message: 'must be 3 to 63 letters and digits' })
  readonly auditTable: string = 'audit';

  @Setting(
    'QUERIES',
    'most queries that run at once in this process; each holds its distinct values in memory',
  )
  @IsInt()
  @Min(1)
  @Max(256)
  readonly queries: number = 16;

  @Setting('PARALLEL_READS', 'parts of one query that are read at the same time')
  @IsInt()
  @Min(1)
  @Max(64)
  readonly parallelReads: number = 8;

  @Setting('PAGE_ROWS', 'most rows that are asked for in one request')
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_ROWS)
  readonly pageRows: number = MAX_PAGE_ROWS;

  /** A query takes a day at most, and a checkpoint 50,000 appends: not more often than every two seconds. */
  @Setting('CHECKPOINT_SECONDS', 'seconds between two checkpoints: what a crash makes read again')
  @IsInt()
  @Min(2)
  @Max(3600)
  readonly checkpointSeconds: number = 5;

  /** A query that could still go on from its checkpoint is a day old at most. */
  @Setting('CHECKPOINT_DAYS', 'days after which a checkpoint that nobody discarded is deleted')
  @IsInt()
  @Min(2)
  @Max(365)
  readonly checkpointDays: number = 3;
}
