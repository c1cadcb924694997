import { Problem } from '@countersign/service';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IngestionConfig } from '../config';
import { isSecret } from './secrets';

/** Lets only requests through that carry FlexDeploy's shared secret. */
@Injectable()
export class WebhookSecret implements CanActivate {
  constructor(private readonly config: IngestionConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { flexdeployWebhookSecret: secrets, flexdeployWebhookHeader: name } = this.config;
    if (secrets === undefined)
      throw new Problem(
        404,
        "FlexDeploy's webhook is not set up here: FLEXDEPLOY_WEBHOOK_SECRET is missing.",
      );
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const presented = headers[name.toLowerCase()];
    if (presented === undefined) throw new Problem(401, `Send the shared secret in the header ${name}.`);
    if (!isSecret(secrets, String(presented))) throw new Problem(401, 'The shared secret is wrong.');
    return true;
  }
}
