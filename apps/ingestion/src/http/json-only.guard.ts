import { Problem } from '@countersign/service';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Refuses a body in any other notation than JSON; a form would pass for an object. */
export class JsonOnly implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const type = context.switchToHttp().getRequest<FastifyRequest>().headers['content-type'];
    if (type === undefined || /^application\/json\b/i.test(type)) return true;
    throw new Problem(415, `Send the body as application/json; it came as ${type}.`);
  }
}
