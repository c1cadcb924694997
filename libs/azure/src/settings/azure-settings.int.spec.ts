/**
 * The real clients, with a real DefaultAzureCredential, over TLS to a stand-in that has the real
 * hosts' names. What is asked of it, it checks: paths, versions, signatures, tokens and their audience.
 */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { CodedError } from '@countersign/workflow';
import { AzureCloud, STORE_HOST, VAULT } from '../testing/azure-cloud';
import { LOGIN_HOST } from '../testing/entra';
import { azureSettings } from './azure-settings';
import { appConfigurationOf, type Environment } from './options';
import { readSettings } from './read-settings';

const VAULT_HOST = new URL(VAULT).host;
const ENDPOINT = `https://${STORE_HOST}`;
const REFERENCE = 'application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8';

const trusted = getCACertificates('default');
let cloud: AzureCloud;
let byKey: Environment;
const byIdentity: Environment = { APP_CONFIG_ENDPOINT: ENDPOINT };

beforeEach(async () => {
  cloud = await AzureCloud.start();
  byKey = { APP_CONFIG_CONNECTION_STRING: cloud.connectionString };
  Object.assign(process.env, cloud.environment);
  setDefaultCACertificates([...trusted, cloud.certificate]);
});
afterEach(async () => {
  setDefaultCACertificates(trusted);
  await cloud.stop();
});

const read = async (env: Environment, ...names: string[]) => azureSettings(env)?.read(names);

/** The error, of which no part, cause or property gives a secret away. */
async function failure(reading: Promise<unknown>): Promise<CodedError> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CodedError)) throw new Error(`no error of ours: ${inspect(error)}`);
  const shown = inspect(error, { depth: 12, showHidden: true });
  for (const secret of ['hunter2', cloud.store.secret, cloud.entra.clientSecret])
    expect(shown).not.toContain(secret);
  expect(shown).not.toMatch(/Bearer [\w-]{40}/);
  return error;
}

describe('a setting', () => {
  it('is read from the store: that one, once, and nothing else', async () => {
    cloud.store.put('countersign:TOKEN_KEY', 'plain');
    cloud.store.put('countersign:OTHER', 'other');
    expect(await read(byKey, 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'plain' });
    expect(cloud.exchanges).toEqual([
      {
        host: STORE_HOST,
        method: 'GET',
        path: expect.stringMatching(/^\/kv\/countersign%3ATOKEN_KEY\?api-version=[\d-]+$/),
        status: 200,
      },
    ]);
  });

  it('is read with the identity of the service, which gets a token for the store', async () => {
    cloud.store.put('countersign:TOKEN_KEY', 'plain');
    expect(await read(byIdentity, 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'plain' });
    expect(cloud.exchanges.map(({ host, status }) => [host, status])).toEqual([
      [LOGIN_HOST, 200],
      [STORE_HOST, 200],
    ]);
  });

  it('is read from an emulator over plain http, which checks the signature, too', async () => {
    cloud.store.put('countersign:TOKEN_KEY', 'plain');
    const env = { APP_CONFIG_CONNECTION_STRING: cloud.emulator };
    expect(await read(env, 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'plain' });
    expect(cloud.connections).toEqual([]);
  });

  it('is read under the prefix and with the label that are set', async () => {
    cloud.store.put('cs/TOKEN_KEY', 'test', { label: 'test' });
    cloud.store.put('cs/TOKEN_KEY', 'none');
    const labelled = { ...byKey, APP_CONFIG_PREFIX: 'cs/', APP_CONFIG_LABEL: 'test' };
    expect(await read(labelled, 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'test' });
    expect(await read({ ...labelled, APP_CONFIG_LABEL: '' }, 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'none' });
    expect(await read({ ...labelled, APP_CONFIG_LABEL: 'a,b*' }, 'TOKEN_KEY')).toEqual({});
  });

  it('that has no key is left out, and it is said where it was looked up', async () => {
    cloud.store.put('countersign:TOKEN_KEY', 'plain');
    expect(await read(byKey, 'MISSING', 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'plain' });
    expect(azureSettings(byKey)?.placeOf('MISSING')).toBe(`key countersign:MISSING of ${ENDPOINT}`);
  });

  it('waits for no other: all are asked for at once', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `SETTING_${i}`);
    for (const name of names) cloud.store.put(`countersign:${name}`, name);
    let asked = 0;
    let release: () => void = () => undefined;
    const allAsked = new Promise<void>((resolve) => (release = resolve));
    cloud.interfere = async () => {
      if (++asked === names.length) release();
      await allAsked;
      return undefined;
    };
    expect(await read(byKey, ...names)).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });

  it('is read although the store throttles at first', async () => {
    cloud.store.put('countersign:TOKEN_KEY', 'plain');
    const answers = [429, 503];
    cloud.interfere = () => {
      const status = answers.shift();
      return status === undefined ? undefined : { status, headers: { 'retry-after-ms': '5' } };
    };
    expect(await read(byKey, 'TOKEN_KEY')).toEqual({ TOKEN_KEY: 'plain' });
    expect(cloud.exchanges.map(({ status }) => status)).toEqual([429, 503, 200]);
  });
});

describe('a reference to a secret', () => {
  it('is followed with a token for that vault, which is fetched once', async () => {
    cloud.store.putReference('countersign:ONE', `${VAULT}/secrets/one`);
    cloud.store.putReference('countersign:TWO', `${VAULT}/secrets/two`);
    cloud.vault.put('one', 'first');
    cloud.vault.put('two', 'second');
    expect(await read(byKey, 'ONE', 'TWO')).toEqual({ ONE: 'first', TWO: 'second' });
    const paths = cloud.exchangesWith(VAULT_HOST).filter(({ status }) => status === 200);
    expect(paths.map(({ path }) => path.split('?')[0]).sort()).toEqual(['/secrets/one/', '/secrets/two/']);
    expect(cloud.exchangesWith(VAULT_HOST).filter(({ status }) => status === 401)).not.toHaveLength(0);
    expect(cloud.exchangesWith(LOGIN_HOST)).toHaveLength(1);
  });

  it('takes the version that it names, else the newest', async () => {
    const [old, newest] = ['a'.repeat(32), 'b'.repeat(32)];
    cloud.vault.put('one', 'first', old);
    cloud.vault.put('one', 'second', newest);
    cloud.store.putReference('countersign:OLD', `${VAULT}/secrets/one/${old}`);
    cloud.store.putReference('countersign:NEW', `${VAULT}/secrets/one`);
    expect(await read(byKey, 'OLD', 'NEW')).toEqual({ OLD: 'first', NEW: 'second' });
  });

  it('is never taken for the value itself, however its content type is written', async () => {
    cloud.vault.put('one', 'first');
    cloud.store.putReference('countersign:ONE', `${VAULT}/secrets/one`, REFERENCE.replace(';', '; '));
    expect(await read(byKey, 'ONE')).toEqual({ ONE: 'first' });
  });

  it('that is not one fails for good, and its value, perhaps a secret, is not repeated', async () => {
    cloud.store.put('countersign:ONE', 'hunter2', { contentType: REFERENCE });
    const error = await failure(read(byKey, 'ONE'));
    expect(error).toMatchObject({ code: 'SecretReferenceInvalid', retryable: false });
    expect(error.message).toContain(`ONE: key countersign:ONE of ${ENDPOINT}`);
  });

  it('to a host that is not allowed makes no connection and asks for no token', async () => {
    cloud.store.putReference('countersign:ONE', 'https://countersign.vault.example/secrets/one');
    const error = await failure(read(byKey, 'ONE'));
    expect(error).toMatchObject({ code: 'VaultNotAllowed', retryable: false });
    expect(error.message).toContain('add countersign.vault.example to APP_CONFIG_VAULT_HOSTS');
    expect(cloud.connections).toEqual([`${STORE_HOST}:443`]);
  });

  it('to a host that is allowed by name is followed', async () => {
    cloud.store.putReference('countersign:ONE', 'https://countersign.vault.example/secrets/one');
    cloud.vault.put('one', 'first');
    const env = { ...byKey, APP_CONFIG_VAULT_HOSTS: 'countersign.vault.example' };
    expect(await read(env, 'ONE')).toEqual({ ONE: 'first' });
  });

  it('gets no token out of us for another service than that vault', async () => {
    cloud.store.putReference('countersign:ONE', 'https://countersign.vault.example/secrets/one');
    cloud.vault.audienceOf = () => 'https://management.azure.com';
    const env = { ...byKey, APP_CONFIG_VAULT_HOSTS: 'countersign.vault.example' };
    const error = await failure(read(env, 'ONE'));
    expect(error).toMatchObject({ code: 'SecretRefused', retryable: false });
    expect(error.message).toContain('management.azure.com');
    expect(cloud.exchangesWith(LOGIN_HOST)).toEqual([]);
  });
});

describe('what is refused fails for good and says what to do:', () => {
  beforeEach(() => {
    cloud.store.putReference('countersign:ONE', `${VAULT}/secrets/one`);
    cloud.vault.put('one', 'first');
  });

  const refusal = async (env: Environment, code: string, ...parts: string[]) => {
    const error = await failure(read(env, 'ONE'));
    expect(error).toMatchObject({ code, retryable: false });
    for (const part of ['ONE: ', `key countersign:ONE of ${ENDPOINT}`, ...parts])
      expect(error.message).toContain(part);
  };

  it('a wrong key of the store', async () => {
    const wrong = cloud.connectionString.replace(
      /Secret=.*/,
      `Secret=${Buffer.from('x').toString('base64')}`,
    );
    await refusal(
      { APP_CONFIG_CONNECTION_STRING: wrong },
      'AppConfigurationRefused',
      '401: Invalid Signature',
      'APP_CONFIG_CONNECTION_STRING',
    );
  });

  it('an identity without a role at the store', async () => {
    cloud.store.readable = false;
    await refusal(byIdentity, 'AppConfigurationRefused', '403: ', 'role App Configuration Data Reader');
  });

  it('an identity that Entra does not accept, at the store', async () => {
    process.env['AZURE_CLIENT_SECRET'] = 'wrong';
    await refusal(byIdentity, 'IdentityRefused', 'AADSTS7000215', 'AZURE_CLIENT_SECRET');
    expect(cloud.exchangesWith(STORE_HOST)).toEqual([]);
  });

  it('an identity that Entra does not accept, at the vault', async () => {
    process.env['AZURE_CLIENT_SECRET'] = 'wrong';
    await refusal(byKey, 'IdentityRefused', `secret one of ${VAULT}`, 'AADSTS7000215');
  });

  it('an identity without a role at the vault', async () => {
    cloud.vault.readable = false;
    await refusal(
      byKey,
      'SecretRefused',
      `secret one of ${VAULT}, to which key`,
      '403: Caller is not authorized',
      'role Key Vault Secrets User',
    );
  });

  it('a secret that does not exist', async () => {
    cloud.store.putReference('countersign:ONE', `${VAULT}/secrets/other`);
    await refusal(byKey, 'SecretMissing', `secret other of ${VAULT}`, '404: A secret with', 'Create it');
  });

  it('a redirection, which nobody follows', async () => {
    const location = `https://${STORE_HOST}/elsewhere`;
    cloud.interfere = () => ({ status: 307, headers: { location } });
    await refusal(byKey, 'AppConfigurationRefused', '307');
    expect(cloud.exchanges).toHaveLength(1);
  });

  it('several references, of which each is named', async () => {
    cloud.store.putReference('countersign:TWO', 'https://evil.example/secrets/two');
    cloud.store.put('countersign:THREE', '{}', { contentType: REFERENCE });
    const { message } = await failure(read(byKey, 'ONE', 'TWO', 'THREE'));
    expect(message.split('\n')).toEqual([
      expect.stringMatching(/^TWO: .*evil\.example/),
      expect.stringMatching(/^THREE: .*is not/),
    ]);
  });
});

describe('what cannot be reached fails so that it can be tried again:', () => {
  const unavailable = async (reading: Promise<unknown>, code: string, ...parts: string[]) => {
    const error = await failure(reading);
    expect(error).toMatchObject({ code, retryable: true });
    for (const part of parts) expect(error.message).toContain(part);
  };
  const readWithin = (env: Environment, ms: number) => {
    const store = appConfigurationOf(env);
    if (!store) throw new Error('no store');
    return readSettings(store, ['ONE'], ms);
  };

  it('a store that nobody listens for', async () => {
    const away = cloud.connectionString.replace(ENDPOINT, 'http://127.0.0.1:1');
    const env = { APP_CONFIG_CONNECTION_STRING: away };
    await unavailable(read(env, 'ONE'), 'AppConfigurationUnavailable', 'ECONNREFUSED', 'http://127.0.0.1:1');
  });

  it('a server whose certificate is not trusted', async () => {
    setDefaultCACertificates(trusted);
    await unavailable(read(byKey, 'ONE'), 'AppConfigurationUnavailable', 'self-signed certificate');
  });

  it('a store that keeps failing', async () => {
    cloud.interfere = () => ({ status: 503, headers: { 'retry-after-ms': '1' } });
    await unavailable(read(byKey, 'ONE'), 'AppConfigurationUnavailable', '503');
    expect(cloud.exchanges.length).toBeGreaterThan(1);
  });

  it.each([
    ['a store', STORE_HOST, 'AppConfigurationUnavailable'],
    ['a vault', VAULT_HOST, 'SecretUnavailable'],
    ['an Entra', LOGIN_HOST, 'SecretUnavailable'],
  ])('%s that does not answer within the time', async (_what, silent, code) => {
    cloud.store.putReference('countersign:ONE', `${VAULT}/secrets/one`);
    cloud.interfere = (host) => (host === silent ? 'nothing' : undefined);
    await unavailable(readWithin(byKey, 2_000), code, 'ONE: ', 'no answer in time');
    expect(cloud.exchangesWith(silent)).toHaveLength(1);
  });

  it('a store that wants us to wait longer than there is time', async () => {
    cloud.interfere = () => ({ status: 429, headers: { 'retry-after': '3600' } });
    await unavailable(readWithin(byKey, 300), 'AppConfigurationUnavailable', 'ONE: ');
  });
});
