import { sign } from 'node:crypto';
import type { ServiceAccount } from './service-account';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** Seconds; the longest that Google accepts. */
const LIFE = 3600;

/**
 * The JWT by which a service account asks for an access token (RFC 7523, section 2.1; the claims are those of
 * "Using OAuth 2.0 for Server to Server Applications" by Google).
 *
 * @param now seconds since the epoch
 */
export function assertionOf(account: ServiceAccount, now: number): string {
  const { clientEmail, privateKey, privateKeyId, tokenUri } = account;
  const header = { alg: 'RS256', typ: 'JWT', kid: privateKeyId };
  const claims = { iss: clientEmail, scope: SCOPE, aud: tokenUri, iat: now, exp: now + LIFE };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
