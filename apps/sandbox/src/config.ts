import { IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { IsHttpUrl, ServiceConfig, Setting } from '@countersign/service';

/** Credentials are those that the product is told: the stand-ins check and use them as the real servers do. */
export class SandboxConfig extends ServiceConfig {
  @Setting('INGESTION_URL', 'base URL of ingestion, where clicks and new tasks are sent')
  @IsHttpUrl()
  readonly ingestionUrl: string = 'http://127.0.0.1:7081';

  @Setting('PUBLIC_URL', 'base URL of this service in response_url; default: the address that it listens on')
  @IsOptional()
  @IsHttpUrl()
  readonly publicUrl?: string;

  @Setting('SLACK_SIGNING_SECRET', 'signs the clicks that are sent to ingestion')
  @Length(1, 200)
  readonly slackSigningSecret!: string;

  @Setting('SLACK_BOT_TOKEN', 'the bot token that the stand-in Slack accepts')
  @Length(1, 500)
  readonly slackBotToken!: string;

  @Setting('SLACK_APP_TOKEN', 'the app-level token that opens Socket Mode connections; default: none does')
  @IsOptional()
  @Length(1, 500)
  readonly slackAppToken?: string;

  @Setting('FLEXDEPLOY_USER', 'the user that the stand-in FlexDeploy knows')
  @Length(1, 200)
  readonly flexdeployUser!: string;

  @Setting('FLEXDEPLOY_PASSWORD', "that user's password")
  @Length(1, 500)
  readonly flexdeployPassword!: string;

  @Setting('FLEXDEPLOY_TOKEN', 'the API token that the stand-in FlexDeploy accepts; default: none')
  @IsOptional()
  @Length(1, 500)
  readonly flexdeployToken?: string;

  @Setting('FLEXDEPLOY_WEBHOOK_SECRET', 'the secret that the webhook carries; default: none')
  @IsOptional()
  @Length(1, 500)
  readonly flexdeployWebhookSecret?: string;

  @Setting(
    'FCM_SERVICE_ACCOUNT_FILE',
    'key file of the service account that the stand-in FCM knows; default: it knows none',
  )
  @IsOptional()
  @IsString()
  readonly fcmServiceAccountFile?: string;

  @Setting('SMTP_PORT', 'port of the stand-in mail server; default: there is none')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly smtpPort?: number;

  @Setting('SMTP_USER', 'the user that the mail server knows; default: nobody signs in')
  @IsOptional()
  @Length(1, 200)
  readonly smtpUser?: string;

  @Setting('SMTP_PASSWORD', "that user's password")
  @IsOptional()
  @Length(1, 500)
  readonly smtpPassword?: string;

  @Setting(
    'STATE_FILE',
    'file that keeps messages, tasks, pushes and mail over a restart; default: memory only',
  )
  @IsOptional()
  @IsString()
  readonly stateFile?: string;
}
