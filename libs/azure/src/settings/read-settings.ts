import { AppConfigurationClient, type ConfigurationSetting } from '@azure/app-configuration';
import { DefaultAzureCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';
import { CodedError } from '@countersign/workflow';
import { statusOf, within } from '../failure';
import { combined, invalidReference, lookupFailure, vaultNotAllowed } from './lookup-failure';
import { type AppConfiguration, placeOf } from './options';
import { isAllowedVault, isReference, referenceOf, type SecretReference } from './secret-reference';

/** Milliseconds that reading all settings may take, retries and tokens included. */
const TIMEOUT = 30_000;
/** Nobody follows a redirection with a token or a signature in hand. Delays in milliseconds. */
const CLIENT_OPTIONS = {
  retryOptions: { maxRetries: 4, retryDelayInMs: 200, maxRetryDelayInMs: 2_000 },
  redirectOptions: { maxRetries: 0 },
};

/**
 * Reads settings from App Configuration, and from Key Vault those that are references to secrets there.
 * Asks for these keys only, all at once; a key that is not in the store is left out of the answer.
 *
 * @param timeout milliseconds for all of it
 * @throws TerminalError `AppConfigurationRefused`, `IdentityRefused`, `SecretReferenceInvalid`, `VaultNotAllowed`,
 *   `SecretMissing`, `SecretRefused`
 * @throws CodedError `AppConfigurationUnavailable`, `SecretUnavailable` (retryable)
 */
export async function readSettings(
  store: AppConfiguration,
  names: readonly string[],
  timeout = TIMEOUT,
): Promise<Readonly<Record<string, string>>> {
  const signal = within(timeout);
  const identity = new DefaultAzureCredential(CLIENT_OPTIONS);
  const keys = keyReader(store, identity, signal);
  const secrets = secretReader(store, identity, signal);
  const found = await Promise.all(names.map(keys));
  const values = await Promise.allSettled(
    found.map((setting, i) =>
      setting && isReference(setting) ? secrets(names[i] ?? '', setting) : setting?.value,
    ),
  );
  const failures = values.flatMap((value) => (value.status === 'rejected' ? [value.reason as unknown] : []));
  if (failures.length > 0) throw combined(failures);
  const held = values.map((value) => (value.status === 'fulfilled' ? value.value : undefined));
  return Object.fromEntries(
    names.flatMap((name, i) => (held[i] === undefined ? [] : [[name, held[i]] as const])),
  );
}

type Identity = DefaultAzureCredential;

/** Reads the key of a setting; undefined when there is none. */
function keyReader(store: AppConfiguration, identity: Identity, signal: AbortSignal) {
  const { connectionString, endpoint, prefix, label } = store;
  const client = connectionString
    ? new AppConfigurationClient(connectionString, {
        ...CLIENT_OPTIONS,
        allowInsecureConnection: endpoint.startsWith('http:'),
      })
    : new AppConfigurationClient(endpoint, identity, CLIENT_OPTIONS);
  return async (setting: string): Promise<ConfigurationSetting | undefined> => {
    const id = { key: prefix + setting, ...(label === undefined ? {} : { label }) };
    try {
      return await inTime(client.getConfigurationSetting(id, { abortSignal: signal }), signal);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      const remedy = connectionString
        ? 'Check APP_CONFIG_CONNECTION_STRING.'
        : "Give this service's identity the role App Configuration Data Reader there.";
      throw lookupFailure(
        { service: 'AppConfiguration', setting, place: placeOf(store, setting), remedy },
        error,
      );
    }
  };
}

/** Reads the secret that the key of a setting refers to. */
function secretReader(store: AppConfiguration, identity: Identity, signal: AbortSignal) {
  const clients = new Map<string, SecretClient>();
  const clientOf = ({ vaultUrl }: SecretReference): SecretClient => {
    const client = clients.get(vaultUrl) ?? new SecretClient(vaultUrl, identity, CLIENT_OPTIONS);
    clients.set(vaultUrl, client);
    return client;
  };
  return async (setting: string, value: ConfigurationSetting): Promise<string | undefined> => {
    const key = placeOf(store, setting);
    const reference = referenceOf(value);
    if (!reference) throw invalidReference(setting, key);
    if (!isAllowedVault(reference, store.vaultHosts)) throw vaultNotAllowed(setting, key, reference.vaultUrl);
    const { name, version, vaultUrl } = reference;
    const options = { abortSignal: signal, ...(version === undefined ? {} : { version }) };
    try {
      return (await inTime(clientOf(reference).getSecret(name, options), signal)).value;
    } catch (error) {
      const place = `secret ${name} of ${vaultUrl}${version ? ` in version ${version}` : ''}, to which ${key} refers`;
      const remedy = "Give this service's identity the role Key Vault Secrets User there.";
      throw lookupFailure({ service: 'Secret', setting, place, remedy }, error);
    }
  };
}

/** Credentials do not always end when they are told to. */
function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new Promise<never>((_, reject) => {
    const end = () => reject(new CodedError('TimedOut', 'no answer in time'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  return Promise.race([over, answer]);
}
