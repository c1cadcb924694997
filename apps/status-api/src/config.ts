import { IsHttpUrl, PublicServiceConfig, Setting } from '@countersign/service';
import { IsBoolean, IsInt, IsOptional, IsString, Max, Min, ValidateBy } from 'class-validator';

/** A setting that has to go with others. */
const Fits = (message: string, fits: (config: StatusApiConfig) => boolean) =>
  ValidateBy({
    name: 'fits',
    validator: {
      validate: (_, context) => fits(context?.object as StatusApiConfig),
      defaultMessage: () => message,
    },
  });

export class StatusApiConfig extends PublicServiceConfig {
  @Setting('RETRY_AFTER_MIN_SECONDS', 'shortest time that a client is told to wait before it polls again')
  @IsInt()
  @Min(1)
  @Max(3600)
  readonly retryAfterMinSeconds: number = 1;

  @Setting('RETRY_AFTER_MAX_SECONDS', 'longest time that a client is told to wait before it polls again')
  @IsInt()
  @Max(3600)
  @Fits('must not be less than RETRY_AFTER_MIN_SECONDS', (config) => {
    return config.retryAfterMaxSeconds >= config.retryAfterMinSeconds;
  })
  readonly retryAfterMaxSeconds: number = 30;

  @Setting('STATUS_REQUIRES_KEY', 'whether a status is shown only to callers with a key')
  @IsBoolean()
  @Fits('needs KEYS_FILE', ({ statusRequiresKey, keysFile }) => !statusRequiresKey || !!keysFile)
  readonly statusRequiresKey: boolean = false;

  @Setting('KEYS_FILE', 'hashes of the keys that callers may use (npm run keys); read again when it changes')
  @IsOptional()
  @IsString()
  readonly keysFile?: string;

  @Setting('MANAGEMENT_PORT', 'port that the management API listens on, and nothing else; 0 takes a free one')
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly managementPort: number = 8081;

  @Setting('MANAGEMENT_URL', 'origin under which callers reach the management API, if it is not PUBLIC_URL')
  @IsOptional()
  @IsHttpUrl()
  readonly managementUrl?: string;

  @Setting(
    'PROJECTION_FILE',
    'file of the lists of instances, made if it is not there; without it: in memory',
  )
  @IsOptional()
  @IsString()
  readonly projectionFile?: string;

  @Setting('MAX_WAITS', 'most polls and event streams that are held at once; 0: no limit')
  @IsInt()
  @Min(0)
  readonly maxWaits: number = 10_000;

  @Setting('MAX_WAITS_PER_ADDRESS', 'most of them from one address; 0: no limit')
  @IsInt()
  @Min(0)
  readonly maxWaitsPerAddress: number = 200;
}
