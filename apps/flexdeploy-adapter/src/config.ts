import { IsHttpUrl, ServiceConfig, Setting } from '@countersign/service';
import { IsString, Matches, ValidateIf } from 'class-validator';

export class FlexDeployConfig extends ServiceConfig {
  @Setting('FLEXDEPLOY_URL', 'address of the FlexDeploy server, without a path of its API')
  @IsHttpUrl()
  readonly url!: string;

  @Setting('FLEXDEPLOY_BASE_PATH', 'path of FlexDeploy’s REST API')
  @Matches(/^\/\S*[^/]$/, { message: 'must start with a slash and not end in one' })
  readonly basePath: string = '/flexdeploy/rest/v1';

  @Setting('FLEXDEPLOY_USER', 'FlexDeploy user that approves and rejects')
  @IsString()
  readonly user!: string;

  @Setting('FLEXDEPLOY_PASSWORD', 'password of that user; or set FLEXDEPLOY_TOKEN')
  @ValidateIf((config: FlexDeployConfig) => config.token === undefined)
  @IsString()
  readonly password?: string;

  @Setting(
    'FLEXDEPLOY_TOKEN',
    'API token of that user, used instead of a password (users of an SSO realm have no other way)',
  )
  @ValidateIf((config: FlexDeployConfig) => config.password === undefined)
  @IsString()
  readonly token?: string;
}
