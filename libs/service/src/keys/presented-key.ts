import type { IncomingHttpHeaders } from 'node:http';

/** What is read of a request to find its key. */
export interface KeyRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
}

/**
 * The key that a request carries, in the places where clients of Azure Functions put it: the
 * `x-functions-key` header, else the `code` query parameter; else an `Authorization: Bearer` header.
 * A key that came twice is neither of the two.
 */
export function presentedKey({ headers, query }: KeyRequest): string | undefined {
  const header = headers['x-functions-key'];
  if (header !== undefined) return String(header);
  if (typeof query === 'object' && query !== null && 'code' in query) return String(query.code);
  return /^Bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
}
