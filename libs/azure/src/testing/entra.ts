import { randomBytes } from 'node:crypto';
import type { Answer, Request } from './exchange';

export const TENANT = '11111111-2222-4333-8444-555555555555';
export const LOGIN_HOST = 'login.microsoftonline.com';

/** Stands in for Entra: gives the one application that it knows tokens, each for one audience. */
export class Entra {
  readonly clientId = '66666666-7777-4888-8999-000000000000';
  readonly clientSecret = randomBytes(16).toString('hex');
  private readonly audiences = new Map<string, string>();

  /** Whether a token was given out here for this audience. */
  isFor(audience: string, token: string | undefined): boolean {
    return token !== undefined && this.audiences.get(token) === audience;
  }

  answer({ method, url, body }: Request): Answer {
    if (method !== 'POST' || url.pathname !== `/${TENANT}/oauth2/v2.0/token`) return { status: 404 };
    return this.token(new URLSearchParams(body));
  }

  private token(form: URLSearchParams): Answer {
    if (form.get('grant_type') !== 'client_credentials')
      return refused(
        400,
        'unsupported_grant_type',
        'AADSTS70003: The app requested an unsupported grant type.',
      );
    if (form.get('client_id') !== this.clientId || form.get('client_secret') !== this.clientSecret)
      return refused(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
    const scope = form
      .get('scope')
      ?.split(' ')
      .find((each) => each.endsWith('/.default'));
    if (!scope) return refused(400, 'invalid_scope', 'AADSTS1002012: The provided scope is not valid.');
    const token = randomBytes(32).toString('base64url');
    this.audiences.set(token, scope.replace('/.default', ''));
    return { status: 200, body: { token_type: 'Bearer', expires_in: 3600, access_token: token } };
  }
}

const refused = (status: number, error: string, description: string): Answer => ({
  status,
  body: { error, error_description: description, correlation_id: TENANT, trace_id: TENANT },
});
