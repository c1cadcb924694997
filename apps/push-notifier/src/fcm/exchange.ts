/** One HTTP request to Google, and what came back. */
import { CodedError } from '@countersign/workflow';

/** Milliseconds that one request may take. */
const TIMEOUT = 15_000;
/** Longest part of an answer that is repeated in an error, in characters. */
const QUOTED = 500;

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Decoded where it is a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds that the server wants to be left alone. */
  readonly retryAfter?: number;
}

/** @throws CodedError `FcmUnavailable` (retryable) when nothing came back */
export async function post(
  url: string,
  init: { headers: Record<string, string>; body: string },
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      ...init,
      method: 'POST',
      redirect: 'manual', // a login page at the end of a redirect must not pass for success
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
    const text = await response.text();
    const retryAfter = millisecondsIn(response.headers.get('retry-after'));
    return {
      status: response.status,
      text,
      body: objectIn(text),
      ...(retryAfter !== undefined && { retryAfter }),
    };
  } catch (cause) {
    throw unavailable(`POST ${url} cannot be reached: ${reasonOf(cause)}`, cause);
  }
}

/** Whether the same request may be answered otherwise later: the server's own failures, overload, and a detour. */
export const passes = ({ status }: Answer): boolean =>
  status < 400 || status >= 500 || status === 408 || status === 429;

export function quoted({ text }: Answer): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length > QUOTED ? `${flat.slice(0, QUOTED)}…` : flat || 'nothing';
}

export const unavailable = (message: string, cause?: unknown): CodedError =>
  new CodedError('FcmUnavailable', message, { retryable: true, ...(cause !== undefined && { cause }) });

/** `Retry-After` is a number of seconds or a date (RFC 9110, section 10.2.3). */
function millisecondsIn(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // whoever needs it quotes the text
  }
}

/** `fetch` hides why it failed in the cause, which for several addresses has a code only. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : cause.name);
}
