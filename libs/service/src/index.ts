export { loadConfig, ServiceConfig, Setting } from './config';
export { sameDigest } from './constant-time';
export { type FieldError, fieldErrors } from './field-errors';
export { clientAddress } from './hardening/client-address';
export { PublicServiceConfig } from './hardening/public-config';
export { isUnthrottled, Unthrottled } from './hardening/rate-limits';
export { Waits } from './hardening/waits';
export { Readiness } from './health';
export { escapeHtml, Html, html } from './html';
export { IsHttpUrl } from './is-http-url';
export { ApiKeys, type Caller, forbidden, type NeededScope } from './keys/api-keys';
export { ApiKeysModule } from './keys/api-keys.module';
export type { KeyScope } from './keys/key-file';
export { type KeyRequest, presentedKey } from './keys/presented-key';
export { CalledBy, RequireScope } from './keys/require-scope';
export { NotifierConfig } from './notifier-config';
export { NowAndThen } from './now-and-then';
export { answers, problem } from './openapi/answers';
export {
  type AnswerDescription,
  ApiOperation,
  ApiOperations,
  descriptionOf,
  isNotInApi,
  NotInApi,
  type OperationDescription,
  type ParameterDescription,
  ref,
  type Schema,
  TAGS,
} from './openapi/api-operation';
export { HEADERS } from './openapi/headers';
export { asShape, jsonObjectIn } from './operators-json';
export { exchange, mayPass, quoted, reasonOf } from './outside-http';
export { Problem, type ProblemDocument } from './problem';
export { ProblemFilter } from './problem.filter';
export { runService, type ServiceOptions, startService } from './run-service';
export { IsSealKey, seal, unseal } from './seal';
export { StreamedBody } from './streamed-body';
export { hashToken, instanceOfToken, makeToken } from './tokens';
export { traceDelivery } from './tracing/trace-delivery';
export { type ValidatedPipe, validated } from './validated';
export { WatchedFile, type WatchedFileOptions } from './watched-file';
