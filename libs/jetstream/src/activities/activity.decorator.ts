import type { ActivityContract } from '@countersign/contracts';
import { Catch, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { ActivityContext } from './activity-context';

/** Nest would replace what a handler throws by "Internal server error"; the caller wants to know. */
@Catch()
class PassErrorsOn implements ExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** The part of Nest's handler metadata that says which activity it is. */
export interface ActivityExtras {
  readonly contract: ActivityContract<object, unknown>;
}

/**
 * Makes a controller's method the handler of an activity. It gets the validated input and returns
 * the result, or throws: a `TerminalError` fails the activity, anything else is tried again.
 *
 * @example
 * ```ts
 * @Activity(saveToken)
 * save(input: SaveToken, context: ActivityContext): Promise<SavedToken> {
 *   return this.tokens.save(input, context.idempotencyKey);
 * }
 * ```
 */
export const Activity =
  <Input extends object, Output>(contract: ActivityContract<Input, Output>) =>
  <Handler extends (input: Input, context: ActivityContext) => Promise<Output>>(
    target: object,
    key: string,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    UseFilters(PassErrorsOn)(target, key, descriptor);
    MessagePattern(contract.name, { contract } satisfies ActivityExtras)(target, key, descriptor);
  };
