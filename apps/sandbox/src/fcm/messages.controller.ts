import { randomBytes } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Param, Post, UseFilters } from '@nestjs/common';
import { AccessTokens } from './access-tokens';
import { Devices } from './devices';
import { FcmError, FcmErrorFilter } from './fcm-error';
import { checkMessage } from './message-check';

const NOT_AUTHENTICATED =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.';

/** FCM HTTP v1. */
@Controller('sandbox/fcm/v1/projects')
@UseFilters(FcmErrorFilter)
export class MessagesController {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly devices: Devices,
  ) {}

  /** `messages:send`, whose colon is none of the router's. */
  @Post(':project/:method')
  @HttpCode(200)
  send(
    @Param('project') project: string,
    @Param('method') method: string,
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
  ) {
    if (method !== 'messages:send') throw new FcmError('NOT_FOUND', 'Method not found.');
    const bearer = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? '';
    if (!this.tokens.isValid(bearer)) throw new FcmError('UNAUTHENTICATED', NOT_AUTHENTICATED);
    if (project !== this.tokens.project)
      throw new FcmError(
        'PERMISSION_DENIED',
        "Permission 'cloudmessaging.messages.create' denied on resource " +
          `'//cloudresourcemanager.googleapis.com/projects/${project}' (or it may not exist).`,
      );
    const message = checkMessage(body);
    if (!this.devices.isRegistered(message.token))
      throw new FcmError('NOT_FOUND', 'Requested entity was not found.', { errorCode: 'UNREGISTERED' });
    const name = `projects/${project}/messages/${randomBytes(8).toString('hex')}`;
    this.devices.push({ name, at: new Date().toISOString(), ...message });
    return { name };
  }
}
