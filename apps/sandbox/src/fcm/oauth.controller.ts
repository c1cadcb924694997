import { Body, Controller, HttpCode, Post, UseFilters } from '@nestjs/common';
import { AccessTokens, GRANT } from './access-tokens';
import { OauthError, OauthErrorFilter } from './oauth-error';

/** Google's token endpoint, as far as service accounts use it (RFC 7523). */
@Controller('sandbox/oauth')
@UseFilters(OauthErrorFilter)
export class OauthController {
  constructor(private readonly tokens: AccessTokens) {}

  @Post('token')
  @HttpCode(200)
  token(@Body() body: { grant_type?: unknown; assertion?: unknown } | null) {
    if (body?.grant_type !== GRANT)
      throw new OauthError('unsupported_grant_type', `Invalid grant_type: ${String(body?.grant_type)}`);
    return this.tokens.issue(String(body.assertion ?? ''));
  }
}
