import { ApiKeys, type KeyRequest } from '@countersign/service';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { StatusApiConfig } from '../config';

/** Lets in whoever knows the id of an instance; with STATUS_REQUIRES_KEY only if they show some key, too. */
@Injectable()
export class StatusKeyGuard implements CanActivate {
  constructor(
    private readonly config: StatusApiConfig,
    private readonly keys: ApiKeys,
  ) {}

  /** @throws Problem 401 */
  canActivate(context: ExecutionContext): boolean {
    if (this.config.statusRequiresKey)
      this.keys.authorize(context.switchToHttp().getRequest<KeyRequest>(), { scope: 'function' });
    return true;
  }
}
