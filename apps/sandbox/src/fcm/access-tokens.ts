import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { SandboxConfig } from '../config';
import { Journal } from '../journal/journal';
import { OauthError } from './oauth-error';

/** Of the JWT bearer grant (RFC 7523, section 2.1). */
export const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** Seconds that a token is good for, and that an assertion may be at most. */
const LIFE = 3600;
/** Seconds by which clocks may differ. */
const SKEW = 300;

interface ServiceAccount {
  readonly project_id: string;
  readonly client_email: string;
  readonly private_key: string;
  readonly token_uri: string;
}

/** Gives access tokens to the one service account that it knows, as Google's token endpoint does. Not kept over a restart. */
@Injectable()
export class AccessTokens {
  /** Milliseconds since the epoch at which each ends. */
  private readonly ends = new Map<string, number>();

  constructor(
    private readonly config: SandboxConfig,
    journal: Journal,
  ) {
    journal.attach(({ kind }) => kind === 'reset' && this.ends.clear());
  }

  /** @throws OauthError `invalid_grant`, `invalid_scope` */
  issue(assertion: string): { access_token: string; expires_in: number; token_type: 'Bearer' } {
    this.check(assertion);
    const token = `ya29.sandbox-${randomBytes(24).toString('base64url')}`;
    this.ends.set(token, Date.now() + LIFE * 1000);
    return { access_token: token, expires_in: LIFE, token_type: 'Bearer' };
  }

  isValid(token: string): boolean {
    return (this.ends.get(token) ?? 0) > Date.now();
  }

  /** The project that tokens are good for. */
  get project(): string | undefined {
    return this.account()?.project_id;
  }

  private check(assertion: string): void {
    const account = this.account();
    if (account === undefined) throw new OauthError('invalid_grant', 'Invalid grant: account not found');
    const [header = '', payload = '', signature = ''] = assertion.split('.');
    const isSigned =
      objectIn(header)['alg'] === 'RS256' &&
      verify(
        'RSA-SHA256',
        Buffer.from(`${header}.${payload}`),
        createPublicKey(account.private_key),
        Buffer.from(signature, 'base64url'),
      );
    if (!isSigned) throw new OauthError('invalid_grant', 'Invalid JWT Signature.');
    this.checkClaims(objectIn(payload), account);
  }

  private checkClaims({ iss, aud, scope, iat, exp }: Record<string, unknown>, account: ServiceAccount): void {
    const now = Date.now() / 1000;
    if (iss !== account.client_email)
      throw new OauthError('invalid_grant', 'Invalid grant: account not found');
    if (aud !== account.token_uri)
      throw new OauthError('invalid_grant', 'Invalid JWT: Failed audience check.');
    const isTimely =
      typeof iat === 'number' &&
      typeof exp === 'number' &&
      exp > now - SKEW &&
      iat < now + SKEW &&
      exp - iat <= LIFE;
    if (!isTimely)
      throw new OauthError(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. ' +
          'Check your iat and exp values in the JWT claim.',
      );
    if (typeof scope !== 'string' || !scope.split(' ').includes(SCOPE))
      throw new OauthError('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
  }

  /** Read each time: the file may be another one now. */
  private account(): ServiceAccount | undefined {
    const file = this.config.fcmServiceAccountFile;
    return file === undefined ? undefined : (JSON.parse(readFileSync(file, 'utf8')) as ServiceAccount);
  }
}

function objectIn(base64url: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new OauthError('invalid_grant', 'Invalid JWT: it cannot be decoded.');
}
