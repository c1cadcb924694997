import { Problem } from '@countersign/service';
import { type CanActivate, type ExecutionContext, Injectable, type RawBodyRequest } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IngestionConfig } from '../../config';
import { signatureProblem } from './slack-signature';

/** Lets only requests through that Slack signed within the last five minutes. */
@Injectable()
export class SlackSigned implements CanActivate {
  constructor(private readonly config: IngestionConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers, rawBody } = context.switchToHttp().getRequest<RawBodyRequest<FastifyRequest>>();
    const problem = signatureProblem(
      this.config.slackSigningSecret,
      {
        timestamp: headers['x-slack-request-timestamp']?.toString(),
        signature: headers['x-slack-signature']?.toString(),
        body: rawBody,
      },
      Date.now() / 1000,
    );
    if (problem !== undefined) throw new Problem(401, `${problem}.`);
    return true;
  }
}
