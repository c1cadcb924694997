import { ServiceConfig, Setting } from '@countersign/service';
import { IsInt, IsOptional, IsString, IsUrl, Max, Min } from 'class-validator';

export class StatusApiConfig extends ServiceConfig {
  @Setting('PUBLIC_URL', 'origin that clients see, as in http://localhost:7071')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly publicUrl!: string;

  @Setting('RETRY_AFTER_SECONDS', 'how long a client should wait before it polls again')
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly retryAfterSeconds: number = 2;

  @Setting('KEYS_FILE', 'hashes of the keys that callers may use (npm run keys); read again when it changes')
  @IsOptional()
  @IsString()
  readonly keysFile?: string;
}
