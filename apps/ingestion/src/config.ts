import { IsHttpUrl, PublicServiceConfig, Setting } from '@countersign/service';
import { IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { AreSecrets } from './flexdeploy/secrets';
import { AreWebhookPaths } from './flexdeploy/webhook-paths';

export class IngestionConfig extends PublicServiceConfig {
  @Setting('MANAGEMENT_URL', 'origin under which callers reach the management API, if it is not PUBLIC_URL')
  @IsOptional()
  @IsHttpUrl()
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

  @Setting('APPROVAL_RULES_FILE', "the operator's rules for approvals; read again when it changes")
  @IsOptional()
  @IsString()
  readonly approvalRulesFile?: string;

  @Setting(
    'FLEXDEPLOY_WEBHOOK_SECRET',
    "what FlexDeploy's webhook sends to show who it is; several, separated by commas, while it is changed",
  )
  @IsOptional()
  @AreSecrets()
  readonly flexdeployWebhookSecret?: string;

  @Setting('FLEXDEPLOY_WEBHOOK_HEADER', 'name of the header that carries that secret')
  @Matches(/^[!#$%&'*+.^_`|~\w-]+$/, { message: 'must be the name of a header' })
  readonly flexdeployWebhookHeader: string = 'x-flexdeploy-secret';

  @Setting('FLEXDEPLOY_WEBHOOK_PATHS', "where FlexDeploy's webhook tells what of a task (JSON)")
  @IsOptional()
  @AreWebhookPaths()
  readonly flexdeployWebhookPaths?: string;

  @Setting('FLEXDEPLOY_USERS', 'Slack user ids by FlexDeploy user: JSON, or the name of a file of it')
  @IsOptional()
  @IsString()
  readonly flexdeployUsers?: string;

  @Setting('TABLES_CONNECTION_STRING', 'storage account that holds the table of files; files need it')
  @IsOptional()
  @IsString()
  readonly tables?: string;

  @Setting('BLOBS_CONNECTION_STRING', 'storage account that takes uploaded files; files need it')
  @IsOptional()
  @IsString()
  readonly blobs?: string;

  @Setting(
    'DOWNLOADS_URL',
    'origin under which clients reach blob storage, if it is not the one of its account',
  )
  @IsOptional()
  @IsHttpUrl()
  readonly downloadsUrl?: string;

  @Setting('UPLOAD_SECONDS', 'most seconds that the upload of a file may take')
  @IsInt()
  @Min(1)
  @Max(24 * 3600)
  readonly uploadSeconds: number = 900;
}
