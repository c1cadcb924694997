import { createHmac } from 'node:crypto';
import { sameDigest } from '@countersign/service';

/** How far Slack's clock and ours may be apart, in seconds: what is older may be a replay. */
const MAX_SIGNATURE_AGE = 300;

export interface SignedRequest {
  /** Header `X-Slack-Request-Timestamp`: seconds since the epoch. */
  readonly timestamp: string | undefined;
  /** Header `X-Slack-Signature`. */
  readonly signature: string | undefined;
  /** The body as it came, before any decoding. */
  readonly body: Buffer | undefined;
}

/** Slack's version 0 signature: `v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}` in hexadecimal. */
export const slackSignature = (secret: string, timestamp: string, body: Buffer | string): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;

/**
 * Why a request is not Slack's, or undefined when it is.
 * @param now seconds since the epoch
 */
export function signatureProblem(secret: string, request: SignedRequest, now: number): string | undefined {
  const { timestamp, signature, body } = request;
  if (timestamp === undefined || signature === undefined || body === undefined)
    return 'The request is not signed';
  if (!/^\d{1,12}$/.test(timestamp)) return 'X-Slack-Request-Timestamp is not a number of seconds';
  if (Math.abs(now - Number(timestamp)) > MAX_SIGNATURE_AGE) return 'The signature is too old or too new';
  return sameDigest(signature, slackSignature(secret, timestamp, body))
    ? undefined
    : 'The signature is wrong';
}
