import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiKeys, type Caller } from './api-keys';
import type { KeyScope } from './key-file';
import type { KeyRequest } from './presented-key';

const Scope = Reflector.createDecorator<KeyScope>();
const callers = new WeakMap<object, Caller>();

@Injectable()
class KeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<KeyRequest>();
    const scope = this.reflector.getAllAndOverride(Scope, [context.getHandler(), context.getClass()]);
    callers.set(request, this.keys.authorize(request, { scope }));
    return true;
  }
}

/**
 * Lets only callers with a key of this scope, or of one that includes it, into a controller or handler:
 * `@RequireScope('system')`. Others get 401 or 403. The module needs `ApiKeysModule`.
 */
export const RequireScope = (scope: KeyScope) => applyDecorators(Scope(scope), UseGuards(KeyGuard));

/** Parameter of a handler behind {@link RequireScope}: `@CalledBy() caller: Caller`. */
export const CalledBy = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const caller = callers.get(context.switchToHttp().getRequest<object>());
  if (caller === undefined) throw new Error('@CalledBy() stands on a handler without @RequireScope()');
  return caller;
});
