/** One HTTP request, as the specs make them. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Decoded where it is JSON. */
  readonly body: unknown;
}

export type Requester = (
  method: string,
  /** Also a whole address. */
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** A process that was stopped in the middle must not hang the spec. */
const ANSWER_WITHIN_MS = 20_000;

/** @param origin of what is not a whole address */
export const requester =
  (origin: string): Requester =>
  async (method, path, body, headers = {}) => {
    const json = body !== undefined && typeof body !== 'string';
    const response = await fetch(new URL(path, origin), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return { status: response.status, headers: response.headers, body: decoded(await response.text()) };
  };

function decoded(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
