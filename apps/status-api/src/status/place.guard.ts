import { clientAddress, Waits } from '@countersign/service';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { preferredWait } from './preferred-wait';

/** Lets a client follow an instance while there is a place for it; it has the place until its connection is done. */
@Injectable()
export class PlaceGuard implements CanActivate {
  constructor(private readonly waits: Waits) {}

  /** @throws Problem 429, 503 */
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { raw } = http.getResponse<FastifyReply>();
    if (raw.destroyed) return true;
    raw.once('close', this.waits.enter(clientAddress(http.getRequest<FastifyRequest>())));
    return true;
  }
}

/** The same for who may poll: only one that wants its answer held needs a place. */
@Injectable()
export class PollPlaceGuard extends PlaceGuard {
  override canActivate(context: ExecutionContext): boolean {
    const { headers, query } = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: Wait }>>();
    const { seconds } = preferredWait(query.wait, headers['prefer']?.toString());
    return seconds === 0 || super.canActivate(context);
  }
}

interface Wait {
  readonly wait?: string;
}
