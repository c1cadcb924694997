import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A refusal of the token endpoint (RFC 6749, section 5.2): always 400. */
export class OauthError extends Error {
  constructor(
    readonly error: 'invalid_grant' | 'invalid_scope' | 'unsupported_grant_type',
    description: string,
  ) {
    super(description);
  }
}

@Catch(OauthError)
export class OauthErrorFilter implements ExceptionFilter<OauthError> {
  catch({ error, message }: OauthError, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.status(400).send({ error, error_description: message });
  }
}
