import { IsSealKey, ServiceConfig, Setting } from '@countersign/service';
import { IsString } from 'class-validator';

export class TokenStoreConfig extends ServiceConfig {
  @Setting('TABLES_CONNECTION_STRING', 'storage account that holds the approval tokens')
  @IsString()
  readonly tables!: string;

  @Setting('TOKEN_KEY', 'seals approval tokens; the same for every service (32 random bytes in base64)')
  @IsSealKey()
  readonly tokenKey!: string;
}
