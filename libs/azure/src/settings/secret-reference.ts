import {
  type ConfigurationSetting,
  parseSecretReference,
  secretReferenceContentType,
} from '@azure/app-configuration';
import { parseKeyVaultSecretIdentifier } from '@azure/keyvault-secrets';

/** A secret in a vault; without a version, its newest one. */
export interface SecretReference {
  readonly vaultUrl: string;
  readonly name: string;
  readonly version?: string;
}

const [MEDIA_TYPE] = secretReferenceContentType.split(';');

/** Vaults of Azure's public cloud, of China and of the United States' government. */
const VAULT_SUFFIXES = ['.vault.azure.net', '.vault.azure.cn', '.vault.usgovcloudapi.net'];

/** Names and versions as Key Vault knows them: nothing that could change the path of the request. */
const NAME = /^[0-9a-zA-Z-]{1,127}$/;

/** Parameters and case of a content type do not matter: `…keyvaultref+json; charset=UTF-8` is one, too. */
export function isReference({ contentType = '' }: ConfigurationSetting): boolean {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() === MEDIA_TYPE;
}

/**
 * The secret that the value of a key names: `{"uri":"https://<vault>/secrets/<name>/<version?>"}`.
 *
 * @returns undefined where the value is something else. It may be a secret that was put there by
 *   mistake, so it is not said what it is.
 */
export function referenceOf(setting: ConfigurationSetting): SecretReference | undefined {
  try {
    const canonical = { ...setting, contentType: secretReferenceContentType };
    const { secretId } = parseSecretReference(canonical).value;
    const { vaultUrl, name, version } = parseKeyVaultSecretIdentifier(secretId);
    if (!NAME.test(name) || (version && !NAME.test(version)) || !isPlain(secretId)) return undefined;
    return { vaultUrl, name, ...(version ? { version } : {}) };
  } catch {
    return undefined;
  }
}

/** https, a secret, and neither credentials nor a query: the client's own parser takes all of that. */
function isPlain(secretId: string): boolean {
  const { protocol, pathname, username, password, search, hash } = new URL(secretId);
  return (
    protocol === 'https:' && pathname.startsWith('/secrets/') && username + password + search + hash === ''
  );
}

/**
 * Whether a vault may be shown the service's token: whoever writes to the store chooses the address.
 *
 * @param allowed further hosts, each with its port unless that is 443
 */
export function isAllowedVault({ vaultUrl }: SecretReference, allowed: readonly string[]): boolean {
  const { host } = new URL(vaultUrl);
  return allowed.includes(host) || VAULT_SUFFIXES.some((suffix) => host.endsWith(suffix));
}
