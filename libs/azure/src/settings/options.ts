import { CodedError } from '@countersign/workflow';
import { mayUseHttp } from '../connection';

/** The environment, or what stands for it in a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where settings are looked up that the environment does not hold. */
export interface AppConfiguration {
  /** Address of the store, for people and for the client: `https://countersign.azconfig.io`. */
  readonly endpoint: string;
  /** Holds a key of the store; without it the service shows its Entra identity. Never repeated in an error. */
  readonly connectionString?: string;
  /** What a setting's name is prefixed with in the store. */
  readonly prefix: string;
  /** The label that keys are read with; without one, keys that have none. */
  readonly label?: string;
  /** Hosts that may be asked for secrets beside those of Key Vault. */
  readonly vaultHosts: readonly string[];
}

const PREFIX = 'countersign:';

/**
 * Reads from the environment where other settings are looked up:
 *
 * - `APP_CONFIG_ENDPOINT`: address of an App Configuration store, read with the service's Entra identity
 * - `APP_CONFIG_CONNECTION_STRING`: the same with a key of the store; one of the two
 * - `APP_CONFIG_PREFIX`: what a setting's name is prefixed with in the store; default `countersign:`
 * - `APP_CONFIG_LABEL`: label that keys are read with; default: keys without a label
 * - `APP_CONFIG_VAULT_HOSTS`: hosts, separated by commas, that are asked for secrets beside Azure's own vaults
 *
 * @returns undefined where neither address is set
 * @throws CodedError `AppConfigurationInvalid`
 */
export function appConfigurationOf(env: Environment): AppConfiguration | undefined {
  const setting = (name: string): string | undefined => env[`APP_CONFIG_${name}`]?.trim() || undefined;
  const connectionString = setting('CONNECTION_STRING');
  const address = setting('ENDPOINT');
  if (address && connectionString)
    throw invalid('Set APP_CONFIG_ENDPOINT or APP_CONFIG_CONNECTION_STRING, not both.');
  const endpoint = connectionString ? endpointOfConnection(connectionString) : address && endpointOf(address);
  if (!endpoint) return undefined;
  const label = setting('LABEL');
  return {
    endpoint,
    ...(connectionString === undefined ? {} : { connectionString }),
    prefix: setting('PREFIX') ?? PREFIX,
    ...(label === undefined ? {} : { label }),
    vaultHosts: (setting('VAULT_HOSTS') ?? '').toLowerCase().split(',').map(trimmed).filter(Boolean),
  };
}

/** Says where a setting is looked up: `key countersign:TOKEN_KEY of https://countersign.azconfig.io`. */
export const placeOf = ({ endpoint, prefix, label }: AppConfiguration, setting: string): string =>
  `key ${prefix}${setting} of ${endpoint}${label === undefined ? '' : ` with label ${label}`}`;

/** An identity's token goes nowhere without TLS. */
function endpointOf(address: string): string {
  const url = URL.parse(address);
  if (url?.protocol !== 'https:')
    throw invalid('APP_CONFIG_ENDPOINT must be an https address, as https://<store>.azconfig.io is.');
  return url.origin;
}

/** Plain http is for the emulator: requests are signed, the key itself is never sent. */
function endpointOfConnection(connectionString: string): string {
  const [, address = ''] = /^Endpoint=([^;]+);Id=[^;]+;Secret=[^;]+;?$/.exec(connectionString) ?? [];
  const url = URL.parse(address);
  if (!url)
    throw invalid(
      'APP_CONFIG_CONNECTION_STRING must have the form Endpoint=<address>;Id=<id>;Secret=<secret>.',
    );
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayUseHttp(url.hostname)))
    throw invalid('The endpoint in APP_CONFIG_CONNECTION_STRING must use https.');
  return url.origin;
}

const invalid = (message: string) => new CodedError('AppConfigurationInvalid', message);

const trimmed = (text: string): string => text.trim();
