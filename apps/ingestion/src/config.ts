import { ServiceConfig, Setting } from '@countersign/service';
import { IsBoolean, IsInt, IsString, IsUrl, Matches, Max, Min, MinLength } from 'class-validator';

export class IngestionConfig extends ServiceConfig {
  @Setting('PUBLIC_URL', 'origin that clients see, as in http://localhost:7071')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly publicUrl!: string;

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

  @Setting(
    'FUNCTION_KEYS',
    'SHA-256 (lower-case hexadecimal) of each key that may start workflows, with commas',
  )
  @Matches(/^([0-9a-f]{64}(,[0-9a-f]{64})*)?$/)
  readonly functionKeys: string = '';

  @Setting('RETRY_AFTER_SECONDS', 'how long a client should wait before it polls')
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly retryAfterSeconds: number = 2;
}
