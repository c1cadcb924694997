import { ServiceConfig, Setting } from '@countersign/service';
import { IsInt, IsUrl, Max, Min } from 'class-validator';

export class StatusApiConfig extends ServiceConfig {
  @Setting('PUBLIC_URL', 'origin that clients see, as in http://localhost:7071')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly publicUrl!: string;

  @Setting('RETRY_AFTER_SECONDS', 'how long a client should wait before it polls again')
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly retryAfterSeconds: number = 2;
}
