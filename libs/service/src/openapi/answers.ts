import { type AnswerDescription, ref } from './api-operation';
import type { HeaderName } from './headers';

/** An error answer as RFC 9457 has it. */
export const problem = (description: string, headers?: readonly HeaderName[]): AnswerDescription => ({
  description,
  type: 'application/problem+json',
  body: ref('ProblemDocument'),
  ...(headers && { headers }),
});

/** Answers that many routes have: spread the ones that fit among a route's own. */
export const answers = {
  /** Of a route that takes a body. */
  body: {
    400: problem('The body, a parameter or a header is not valid; `errors` names each'),
    413: problem('The body is larger than 256 KiB'),
    415: problem('The body is not `application/json`'),
  },
  /** Of a route that needs a key. */
  key: {
    401: problem('No key, or one that is not known', ['WWW-Authenticate']),
    403: problem('The key does not allow this'),
  },
  /** Of every route but those that are `Unthrottled`. */
  limits: { 429: problem('Too many requests of this key or address in a minute', ['Retry-After']) },
  /** Of a route that reads or writes JetStream. */
  storage: { 503: problem('JetStream is out of reach. Nothing was stored', ['Retry-After']) },
} as const satisfies Record<string, Record<number, AnswerDescription>>;
