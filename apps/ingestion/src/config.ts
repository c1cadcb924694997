import { ServiceConfig, Setting } from '@countersign/service';
import { IsBoolean, IsInt, IsOptional, IsString, IsUrl, Max, Min, MinLength } from 'class-validator';

export class IngestionConfig extends ServiceConfig {
  @Setting('PUBLIC_URL', 'origin that clients see, as in http://localhost:7071')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly publicUrl!: string;

  @Setting('MANAGEMENT_URL', 'origin under which callers reach the management API, if it is not PUBLIC_URL')
  @IsOptional()
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly managementUrl?: string;

  @Setting('SLACK_SIGNING_SECRET', "the Slack app's signing secret: tells Slack's requests from forged ones")
  @IsString()
  @MinLength(8)
  readonly slackSigningSecret!: string;

  @Setting('IDEMPOTENCY_SECRET', 'makes the instance ids of starts with an Idempotency-Key unguessable')
  @IsString()
  @MinLength(16)
  readonly idempotencySecret!: string;

  @Setting('ALLOW_ANONYMOUS_STARTS', 'whether callers on this machine may start workflows without a key')
  @IsBoolean()
  readonly allowAnonymousStarts: boolean = false;

  @Setting('KEYS_FILE', 'hashes of the keys that callers may use (npm run keys); read again when it changes')
  @IsOptional()
  @IsString()
  readonly keysFile?: string;

  @Setting('RETRY_AFTER_SECONDS', 'how long a client should wait before it polls')
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly retryAfterSeconds: number = 2;
}
