import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';

export const PROJECT = 'a-project';
export const TOKEN_URI = 'https://tokens.example/token';
const EMAIL = 'pusher@a-project.iam.gserviceaccount.com';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';

export const makeKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

/** A key file as Google hands it out. */
export function writeServiceAccount(file: string, key: KeyObject): void {
  const account = {
    type: 'service_account',
    project_id: PROJECT,
    client_email: EMAIL,
    private_key: key.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: TOKEN_URI,
  };
  writeFileSync(file, JSON.stringify(account));
}

/** What the service account signs to get an access token, written from Google's documentation alone. */
export function assertionOf(key: KeyObject, claims: object = {}, header: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: 'RS256', typ: 'JWT', ...header },
    { iss: EMAIL, scope: SCOPE, aud: TOKEN_URI, iat: now, exp: now + 3600, ...claims },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}
