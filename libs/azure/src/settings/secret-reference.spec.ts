import { isAllowedVault, isReference, referenceOf } from './secret-reference';

const CONTENT_TYPE = 'application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8';
const setting = (value: string, contentType = CONTENT_TYPE) => ({
  key: 'countersign:TOKEN_KEY',
  value,
  contentType,
  isReadOnly: false,
});
const to = (uri: unknown) => setting(JSON.stringify({ uri }));
const VERSION = '0123456789abcdef0123456789abcdef';

describe('a reference to a secret', () => {
  it('names the vault, the secret and perhaps its version', () => {
    const secret = { vaultUrl: 'https://v.vault.azure.net', name: 'token-key' };
    expect(referenceOf(to('https://v.vault.azure.net/secrets/token-key'))).toEqual(secret);
    expect(referenceOf(to('https://v.vault.azure.net/secrets/token-key/'))).toEqual(secret);
    expect(referenceOf(to(`https://v.vault.azure.net/secrets/token-key/${VERSION}`))).toEqual({
      ...secret,
      version: VERSION,
    });
  });

  it('is known by its content type, however that is written', () => {
    expect(isReference(setting('', CONTENT_TYPE))).toBe(true);
    expect(isReference(setting('', CONTENT_TYPE.replace(';', '; ').toUpperCase()))).toBe(true);
    expect(isReference(setting('', 'application/json'))).toBe(false);
    expect(isReference({ key: 'k', isReadOnly: false })).toBe(false);
  });

  it.each([
    ['no JSON', setting('hunter2')],
    ['null', setting('null')],
    ['without an address', to(undefined)],
    ['with a number for an address', to(7)],
    ['an address without a scheme', to('v.vault.azure.net/secrets/a')],
    ['plain http', to('http://v.vault.azure.net/secrets/a')],
    ['a key instead of a secret', to('https://v.vault.azure.net/keys/a')],
    ['without a name', to('https://v.vault.azure.net/secrets/')],
    ['a name that is a path', to('https://v.vault.azure.net/secrets/..%2Fkeys')],
    ['a longer path', to('https://v.vault.azure.net/secrets/a/b/c')],
    ['a name with credentials before it', to('https://me:pw@v.vault.azure.net/secrets/a')],
    ['a query', to('https://v.vault.azure.net/secrets/a?x=y')],
  ])('is not %s', (_what, value) => expect(referenceOf(value)).toBeUndefined());
});

describe('a vault is shown the token', () => {
  const allowed = (vaultUrl: string, ...hosts: string[]) => isAllowedVault({ vaultUrl, name: 'a' }, hosts);

  it('when it is one of Azure', () => {
    expect(allowed('https://v.vault.azure.net')).toBe(true);
    expect(allowed('https://v.vault.azure.cn')).toBe(true);
    expect(allowed('https://v.vault.usgovcloudapi.net')).toBe(true);
  });

  it.each([
    'https://vault.azure.net.example',
    'https://evilvault.azure.net',
    'https://v.vault.azure.net:8443',
    'https://127.0.0.1',
    'https://sub.v.vault.example',
  ])('never when it is %s', (vaultUrl) => expect(allowed(vaultUrl, 'v.vault.example')).toBe(false));

  it('when its host, and its port, is named', () => {
    expect(allowed('https://v.vault.example', 'v.vault.example')).toBe(true);
    expect(allowed('https://v.vault.example:8443', 'v.vault.example')).toBe(false);
    expect(allowed('https://v.vault.example:8443', 'v.vault.example:8443')).toBe(true);
  });
});
