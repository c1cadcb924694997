import { ServiceConfig, Setting } from './config';
import { IsHttpUrl } from './is-http-url';
import { IsSealKey } from './seal';

/** What a service is told whose messages ask people: they lead to the approval page by tokens that it opens. */
export class NotifierConfig extends ServiceConfig {
  @Setting(
    'TOKEN_KEY',
    'opens sealed approval tokens; the same for every service (32 random bytes in base64)',
  )
  @IsSealKey()
  readonly tokenKey!: string;

  @Setting('PUBLIC_URL', 'address under which people reach the approval pages')
  @IsHttpUrl()
  readonly publicUrl!: string;
}
