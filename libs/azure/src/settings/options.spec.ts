import { CodedError } from '@countersign/workflow';
import { appConfigurationOf, placeOf } from './options';

const CONNECTION = 'Endpoint=https://store.azconfig.io;Id=id;Secret=aHVudGVyMg==';

const refusal = (env: Record<string, string>): string => {
  try {
    appConfigurationOf(env);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'AppConfigurationInvalid') return error.message;
  }
  throw new Error('it was accepted');
};

describe('where settings are looked up', () => {
  it('is nowhere unless a store is named', () => {
    expect(appConfigurationOf({ APP_CONFIG_ENDPOINT: ' ', APP_CONFIG_PREFIX: 'x:' })).toBeUndefined();
  });

  it('is a store that is read with an identity', () => {
    expect(appConfigurationOf({ APP_CONFIG_ENDPOINT: 'https://store.azconfig.io/' })).toEqual({
      endpoint: 'https://store.azconfig.io',
      prefix: 'countersign:',
      vaultHosts: [],
    });
  });

  it('is a store that is read with a key, under a prefix and a label of its own', () => {
    const store = appConfigurationOf({
      APP_CONFIG_CONNECTION_STRING: CONNECTION,
      APP_CONFIG_PREFIX: 'cs/',
      APP_CONFIG_LABEL: 'production',
      APP_CONFIG_VAULT_HOSTS: 'One.Vault.Example, two.vault.example:8443',
    });
    expect(store).toEqual({
      endpoint: 'https://store.azconfig.io',
      connectionString: CONNECTION,
      prefix: 'cs/',
      label: 'production',
      vaultHosts: ['one.vault.example', 'two.vault.example:8443'],
    });
    expect(store && placeOf(store, 'TOKEN_KEY')).toBe(
      'key cs/TOKEN_KEY of https://store.azconfig.io with label production',
    );
  });

  it('is never two stores', () => {
    const both = { APP_CONFIG_ENDPOINT: 'https://a.azconfig.io', APP_CONFIG_CONNECTION_STRING: CONNECTION };
    expect(refusal(both)).toContain('not both');
  });

  it.each(['http://store.azconfig.io', 'http://127.0.0.1:8483', 'store.azconfig.io', 'ftp://store'])(
    'is no address like %s: a token goes nowhere without TLS',
    (address) => expect(refusal({ APP_CONFIG_ENDPOINT: address })).toContain('https'),
  );

  it('is plain http only on loopback or beside this container, where requests are signed', () => {
    const at = (address: string) => ({
      APP_CONFIG_CONNECTION_STRING: CONNECTION.replace('https://store.azconfig.io', address),
    });
    expect(appConfigurationOf(at('http://127.0.0.1:8483'))?.endpoint).toBe('http://127.0.0.1:8483');
    expect(appConfigurationOf(at('http://emulator:8483'))?.endpoint).toBe('http://emulator:8483');
    expect(refusal(at('http://store.azconfig.io'))).toContain('must use https');
    expect(refusal(at('file://localhost/x'))).toContain('must use https');
  });

  it.each(['aHVudGVyMg==', 'Endpoint=store;Id=id;Secret=aHVudGVyMg==', 'Id=id;Secret=aHVudGVyMg=='])(
    'is not said to be in %s, which is not repeated',
    (connectionString) => {
      const message = refusal({ APP_CONFIG_CONNECTION_STRING: connectionString });
      expect(message).toContain('APP_CONFIG_CONNECTION_STRING');
      expect(message).not.toContain('aHVudGVyMg');
    },
  );
});
