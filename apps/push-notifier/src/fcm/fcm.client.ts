import { setTimeout as pause } from 'node:timers/promises';
import type { PushOutcome } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { PushNotifierConfig } from '../config';
import { type AccessToken, AccessTokens } from './access-tokens.client';
import { type Answer, post } from './exchange';
import type { Message } from './message';
import { outcomeOf, refusesToken } from './outcome';

/** Milliseconds that must be left of an attempt for a request to be worth making. */
const ROOM = 5_000;
/** Milliseconds; a server that says `Retry-After: 0` is not asked in a circle. */
const LEAST_WAIT = 1_000;

/** How long may be tried. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** Firebase Cloud Messaging, HTTP v1. */
@Injectable()
export class FcmClient {
  constructor(
    private readonly tokens: AccessTokens,
    private readonly config: PushNotifierConfig,
  ) {}

  /**
   * Sends once, but for two answers: 401 (the token is renewed, once), and a `Retry-After` that ends within
   * the attempt. Every other failure is left to the retry policy of the activity.
   *
   * @throws CodedError `FcmUnavailable` (retryable); TerminalError `FcmUnauthorized`, `FcmRefused`
   */
  async send(message: Message, { signal, deadline }: Patience): Promise<PushOutcome> {
    for (let renewed = false; ;) {
      const token = await this.tokens.get();
      const answer = await this.post(message, token, signal);
      const wait = waitOf(answer, deadline);
      if (refusesToken(answer) && !renewed) {
        renewed = true;
        this.tokens.forget(token);
      } else if (wait !== undefined) await pause(wait, undefined, { signal });
      else return outcomeOf(answer, token.account.projectId);
    }
  }

  private post(message: Message, { text, account }: AccessToken, signal: AbortSignal): Promise<Answer> {
    const base = this.config.fcmUrl.replace(/\/+$/, '');
    const url = `${base}/v1/projects/${encodeURIComponent(account.projectId)}/messages:send`;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${text}` };
    return post(url, { headers, body: JSON.stringify({ message }) }, signal);
  }
}

/** What the server asks for, in milliseconds, where there is time for it. */
function waitOf({ status, retryAfter }: Answer, deadline: number): number | undefined {
  if (retryAfter === undefined || (status !== 429 && status !== 503)) return undefined;
  const wait = Math.max(retryAfter, LEAST_WAIT);
  return Date.now() + wait + ROOM < deadline ? wait : undefined;
}
