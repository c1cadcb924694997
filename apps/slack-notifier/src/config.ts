import { IsSealKey, ServiceConfig, Setting } from '@countersign/service';
import { IsString, IsUrl } from 'class-validator';

export class SlackNotifierConfig extends ServiceConfig {
  @Setting('SLACK_API_URL', 'base address of the Slack Web API')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly slackApiUrl: string = 'https://slack.com/api/';

  @Setting('SLACK_BOT_TOKEN', 'bot token of the Slack app (xoxb-…; scopes chat:write and channels:history)')
  @IsString()
  readonly slackBotToken!: string;

  @Setting('SLACK_CHANNEL', 'id of the channel that approvals are posted to (C…)')
  @IsString()
  readonly slackChannel!: string;

  @Setting(
    'TOKEN_KEY',
    'opens sealed approval tokens; the same for every service (32 random bytes in base64)',
  )
  @IsSealKey()
  readonly tokenKey!: string;

  @Setting('PUBLIC_URL', 'address under which people reach the approval pages')
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] })
  readonly publicUrl!: string;
}
