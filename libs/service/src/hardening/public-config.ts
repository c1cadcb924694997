import { IsInt, Min } from 'class-validator';
import { ServiceConfig, Setting } from '../config';
import { IsHttpUrl } from '../is-http-url';
import { AreNetworks } from './trusted-proxies';

/** What a service is told that is reachable from outside. */
export class PublicServiceConfig extends ServiceConfig {
  @Setting('PUBLIC_URL', 'origin that clients see, as in http://localhost:7071')
  @IsHttpUrl()
  readonly publicUrl!: string;

  @Setting('TRUSTED_PROXIES', 'addresses and networks of the proxies whose X-Forwarded-For is believed')
  @AreNetworks()
  readonly trustedProxies: string = '';

  @Setting('RATE_LIMIT_PER_KEY', 'most requests a minute of one caller with a key; 0: no limit')
  @IsInt()
  @Min(0)
  readonly rateLimitPerKey: number = 6000;

  @Setting('RATE_LIMIT_PER_ADDRESS', 'most requests a minute without a key from one address; 0: no limit')
  @IsInt()
  @Min(0)
  readonly rateLimitPerAddress: number = 1200;

  @Setting('RATE_LIMIT_FAILURES', 'most failed authentications a minute from one address; 0: no limit')
  @IsInt()
  @Min(0)
  readonly rateLimitFailures: number = 30;
}
