/** That the stand-ins check what they are said to check; that they are right, the real clients show. */
import { createHash, createHmac } from 'node:crypto';
import { AppConfigurationStore } from './app-configuration';
import { Entra, LOGIN_HOST, TENANT } from './entra';
import { KeyVault } from './key-vault';

const STORE = 'https://countersign.azconfig.io';
const VAULT = 'https://countersign.vault.azure.net';
const VERSION = 'api-version=2026-04-01';

const entra = new Entra();
const store = new AppConfigurationStore(entra);
const vault = new KeyVault(entra);
store.put('one', 'first');
vault.put('one', 'first');

const requestOf = (address: string, headers: Record<string, string> = {}, body = '') => ({
  method: body ? 'POST' : 'GET',
  url: new URL(address),
  headers,
  body,
});

function tokenFor(audience: string, secret = entra.clientSecret): string {
  const form = {
    grant_type: 'client_credentials',
    client_id: entra.clientId,
    client_secret: secret,
    scope: `${audience}/.default`,
  };
  const address = `https://${LOGIN_HOST}/${TENANT}/oauth2/v2.0/token`;
  const { body } = entra.answer(requestOf(address, {}, new URLSearchParams(form).toString()));
  return (body as { access_token?: string }).access_token ?? '';
}

const withToken = (audience: string) => ({ authorization: `Bearer ${tokenFor(audience)}` });

function signed(path: string, { date = new Date(), secret = store.secret, names = '' } = {}) {
  const headers: Record<string, string> = {
    'x-ms-date': date.toUTCString(),
    host: new URL(STORE).host,
    'x-ms-content-sha256': createHash('sha256').update('').digest('base64'),
  };
  const signedNames = names || Object.keys(headers).join(';');
  const values = signedNames.split(';').map((name) => headers[name]);
  const signature = createHmac('sha256', Buffer.from(secret, 'base64'))
    .update(`GET\n${path}\n${values.join(';')}`)
    .digest('base64');
  const authorization = `HMAC-SHA256 Credential=${store.id}&SignedHeaders=${signedNames}&Signature=${signature}`;
  return { ...headers, authorization };
}

describe('the store', () => {
  const path = `/kv/one?${VERSION}`;
  const statusOf = (headers: Record<string, string>, asked = path) =>
    store.answer(requestOf(STORE + asked, headers)).status;

  it('answers what is signed or has a token for it', () => {
    expect(statusOf(signed(path))).toBe(200);
    expect(statusOf(withToken('https://azconfig.io'))).toBe(200);
  });

  it('refuses a token for a vault, a made-up one and none', () => {
    expect(statusOf(withToken('https://vault.azure.net'))).toBe(401);
    expect(statusOf({ authorization: 'Bearer made-up' })).toBe(401);
    expect(statusOf({})).toBe(401);
  });

  it('refuses a signature of another request, by another key, too old or of too little', () => {
    expect(statusOf(signed(`/kv/two?${VERSION}`))).toBe(401);
    expect(statusOf(signed(path, { secret: 'x' }))).toBe(401);
    expect(statusOf(signed(path, { date: new Date(Date.now() - 16 * 60_000) }))).toBe(401);
    expect(statusOf(signed(path, { names: 'x-ms-date;host' }))).toBe(401);
    expect(statusOf({ ...signed(path), 'x-ms-content-sha256': '' })).toBe(401);
  });

  it('wants the version of its API', () => {
    expect(statusOf(signed('/kv/one'), '/kv/one')).toBe(400);
  });
});

describe('the vault', () => {
  const statusOf = (headers: Record<string, string>, path = `/secrets/one?${VERSION}`) =>
    vault.answer(requestOf(VAULT + path, headers)).status;

  it('answers what has a token for vaults, and refuses one for the store', () => {
    expect(statusOf(withToken('https://vault.azure.net'))).toBe(200);
    expect(statusOf(withToken('https://azconfig.io'))).toBe(401);
    expect(statusOf({ authorization: `Bearer ${tokenFor('https://vault.azure.net', 'wrong')}` })).toBe(401);
  });

  it('says to whoever has no token where to get which', () => {
    const { status, headers } = vault.answer(requestOf(`${VAULT}/secrets/one?${VERSION}`));
    expect(status).toBe(401);
    expect(headers?.['www-authenticate']).toBe(
      `Bearer authorization="https://${LOGIN_HOST}/${TENANT}", resource="https://vault.azure.net"`,
    );
  });

  it('wants the version of its API', () => {
    expect(statusOf(withToken('https://vault.azure.net'), '/secrets/one')).toBe(400);
  });
});
