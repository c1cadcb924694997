import { NotifierConfig, Setting } from '@countersign/service';
import { IsEmail, IsIn, IsInt, IsOptional, IsString, Max, Min, ValidateIf } from 'class-validator';

/**
 * `required`: STARTTLS, and nothing is sent without it. `implicit`: TLS from the first byte (usually port
 * 465). `none`: never, for a server on the same machine.
 */
const TLS_MODES = ['required', 'implicit', 'none'] as const;

export class MailNotifierConfig extends NotifierConfig {
  @Setting('SMTP_HOST', 'mail server that takes the messages')
  @IsString()
  readonly smtpHost!: string;

  @Setting('SMTP_PORT', 'its port')
  @IsInt()
  @Min(1)
  @Max(65535)
  readonly smtpPort: number = 587;

  @Setting('SMTP_TLS', `how the connection is encrypted: ${TLS_MODES.join(', ')}`)
  @IsIn(TLS_MODES)
  readonly smtpTls: (typeof TLS_MODES)[number] = 'required';

  @Setting('SMTP_USER', 'who signs in there; without it nobody does')
  @IsOptional()
  @IsString()
  readonly smtpUser?: string;

  @Setting('SMTP_PASSWORD', 'the password of SMTP_USER')
  @ValidateIf(({ smtpUser }: MailNotifierConfig) => smtpUser !== undefined)
  @IsString()
  readonly smtpPassword?: string;

  @Setting('MAIL_FROM', 'sender of the messages, as in Countersign <approvals@example.com>')
  @IsEmail({ allow_display_name: true, require_tld: false })
  readonly mailFrom!: string;

  @Setting('MAIL_TO', 'address that approvals are sent to where nothing else is said')
  @IsEmail({ require_tld: false })
  readonly mailTo!: string;
}
