import { ServiceConfig, Setting } from '@countersign/service';
import { IsInt, IsString, Max, Min } from 'class-validator';

export class FileStoreConfig extends ServiceConfig {
  @Setting('TABLES_CONNECTION_STRING', 'storage account that holds the table of files')
  @IsString()
  readonly tables!: string;

  @Setting(
    'BLOBS_CONNECTION_STRING',
    'storage account that holds the bytes of files; may be that of the table',
  )
  @IsString()
  readonly blobs!: string;

  @Setting('ANALYSES', 'most files that are worked on at once in this process')
  @IsInt()
  @Min(1)
  @Max(256)
  readonly analyses: number = 8;
}
