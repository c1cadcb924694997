import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SandboxConfig } from '../config';
import { FlexDeployError } from './flexdeploy-error';

/** Basic auth with the user's password or API token, or the API token as Bearer. */
@Injectable()
export class CredentialsGuard implements CanActivate {
  constructor(private readonly config: SandboxConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!this.accepts(request.headers.authorization ?? '')) {
      throw new FlexDeployError(401, 'User name, password or API token is wrong');
    }
    return true;
  }

  private accepts(authorization: string): boolean {
    const { flexdeployUser: user, flexdeployPassword: password, flexdeployToken: token } = this.config;
    const basic = (secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    const accepted = [basic(password), ...(token === undefined ? [] : [basic(token), `Bearer ${token}`])];
    return accepted.includes(authorization);
  }
}
