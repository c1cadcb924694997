/** One HTTP request to Google, and what came back. */
import { exchange, reasonOf } from '@countersign/service';
import { CodedError } from '@countersign/workflow';

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
    const { status, headers, text } = await exchange(url, { ...init, method: 'POST' }, signal);
    const retryAfter = millisecondsIn(headers.get('retry-after'));
    return { status, text, body: objectIn(text), ...(retryAfter !== undefined && { retryAfter }) };
  } catch (cause) {
    throw unavailable(`POST ${url} cannot be reached: ${reasonOf(cause)}`, cause);
  }
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
