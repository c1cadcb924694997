import { IsHttpUrl, NotifierConfig, Setting } from '@countersign/service';
import { IsOptional, IsString, Matches } from 'class-validator';

export class SlackNotifierConfig extends NotifierConfig {
  @Setting('SLACK_API_URL', 'base address of the Slack Web API')
  @IsHttpUrl()
  readonly slackApiUrl: string = 'https://slack.com/api/';

  @Setting(
    'SLACK_BOT_TOKEN',
    'bot token of the Slack app (xoxb-…; scopes chat:write, channels:history, and usergroups:read where user groups approve)',
  )
  @IsString()
  readonly slackBotToken!: string;

  @Setting(
    'SLACK_APP_TOKEN',
    'app-level token (xapp-…; scope connections:write): clicks come by Socket Mode, and Slack needs no address of ingestion',
  )
  @IsOptional()
  @Matches(/^xapp-/, { message: 'SLACK_APP_TOKEN must be an app-level token, which begins with xapp-' })
  readonly slackAppToken?: string;

  @Setting('SLACK_CHANNEL', 'id of the channel that approvals are posted to where none is named (C…)')
  @IsString()
  readonly slackChannel!: string;
}
