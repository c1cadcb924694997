/** What is common to all who speak HTTP to a system that is not ours. */

/** Milliseconds that one request may take. */
const TIMEOUT = 15_000;
/** Longest part of an answer that is repeated in an error, in characters. */
const QUOTED = 500;

export interface OutsideAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * One request, and the whole answer to it. A redirect is an answer: a login page at its end must not pass for
 * success.
 *
 * @throws what `fetch` throws when nothing came back within 15 seconds; {@link reasonOf} says why
 */
export async function exchange(url: string, init: RequestInit, signal: AbortSignal): Promise<OutsideAnswer> {
  const response = await fetch(url, {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
  });
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

/** Whether the same request may be answered otherwise later: the server's own failures, overload, and a detour. */
export const mayPass = ({ status }: { readonly status: number }): boolean =>
  status < 400 || status >= 500 || status === 408 || status === 429;

/** What an answer said, for an error. */
export function quoted({ text }: { readonly text: string }): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > QUOTED ? `${flat.slice(0, QUOTED)}…` : flat || 'nothing';
}

/** `fetch` hides why it failed in the cause, which for several addresses has a code only. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
