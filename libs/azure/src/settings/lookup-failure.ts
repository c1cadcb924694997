import {
  AggregateAuthenticationError,
  AuthenticationError,
  CredentialUnavailableError,
} from '@azure/identity';
import { CodedError, TerminalError } from '@countersign/workflow';
import { firstLine, statusOf } from '../failure';

const IDENTITY_ERRORS = [AggregateAuthenticationError, AuthenticationError, CredentialUnavailableError];

/** What was looked up, for the error that says it failed. */
export interface Lookup {
  /** First word of the error's code. */
  readonly service: 'AppConfiguration' | 'Secret';
  readonly setting: string;
  /** Key or secret, and where it is. */
  readonly place: string;
  /** What to do where access is refused. */
  readonly remedy: string;
}

/**
 * - `IdentityRefused` (terminal): Entra gave no token
 * - `SecretMissing` (terminal): the vault has no such secret
 * - `<service>Refused` (terminal): the server refuses the credentials or the request
 * - `<service>Unavailable` (retryable): it cannot be reached, has failed or is throttling us
 */
export function lookupFailure({ service, setting, place, remedy }: Lookup, cause: unknown): CodedError {
  const status = statusOf(cause);
  const said = `${status === undefined ? '' : `${status}: `}${reasonOf(cause)}`;
  const terminal = (code: string, what: string) => new TerminalError(code, `${setting}: ${what}`, { cause });
  if (IDENTITY_ERRORS.some((type) => cause instanceof type))
    return terminal(
      'IdentityRefused',
      `${place} needs an Entra token, and there is none (${said}). Give this service a managed or workload ` +
        'identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.',
    );
  if (status === 404 && service === 'Secret')
    return terminal(
      'SecretMissing',
      `${place}, is not there (${said}). Create it, or correct the reference.`,
    );
  if (status === 401 || status === 403)
    return terminal(`${service}Refused`, `access to ${place} was refused (${said}). ${remedy}`);
  if (isFinal(cause, status)) return terminal(`${service}Refused`, `${place} cannot be read (${said}).`);
  return new CodedError(
    `${service}Unavailable`,
    `${setting}: ${place} cannot be reached (${said}). Check the address and the network, and start again.`,
    { cause, retryable: true },
  );
}

export const invalidReference = (setting: string, key: string) =>
  new TerminalError(
    'SecretReferenceInvalid',
    `${setting}: ${key} says that it is a Key Vault reference, but its value is not ` +
      '{"uri":"https://<vault>/secrets/<name>"} or {"uri":"https://<vault>/secrets/<name>/<version>"}. Correct it there.',
  );

export const vaultNotAllowed = (setting: string, key: string, vaultUrl: string) =>
  new TerminalError(
    'VaultNotAllowed',
    `${setting}: ${key} refers to ${vaultUrl}, which is not one of Azure's vaults, so it is not shown this ` +
      `service's token. Correct the reference, or add ${new URL(vaultUrl).host} to APP_CONFIG_VAULT_HOSTS.`,
  );

/** One error that says of each setting why it could not be read. */
export function combined(failures: readonly unknown[]): unknown {
  const [first] = failures;
  if (failures.length === 1 || !(first instanceof CodedError)) return first;
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  return new CodedError(first.code, messages.join('\n'), {
    cause: new AggregateError(failures),
    retryable: failures.every((failure) => failure instanceof CodedError && failure.retryable),
  });
}

/** Neither the network nor the server's state: the same request fails again. */
function isFinal(cause: unknown, status: number | undefined): boolean {
  if (status !== undefined) return status >= 300 && status < 500 && status !== 408 && status !== 429;
  return cause instanceof Error && !['RestError', 'AbortError', 'TimedOut'].includes(cause.name);
}

/** What the server said, where it said something: in the body, in a header, or in what Entra calls a description. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'AbortError') return 'no answer in time';
  const description = cause instanceof AuthenticationError ? cause.errorResponse.errorDescription : undefined;
  return firstLine(description ?? challengeOf(cause) ?? cause.message);
}

/** Why App Configuration did not accept a signature or a token: it says so in no other place. */
function challengeOf(error: Error & { readonly response?: Response }): string | undefined {
  const challenge = error.response?.headers.get('www-authenticate') ?? '';
  return /error_description="([^"]+)"/.exec(challenge)?.[1];
}

/** As much of the answer in a client's error as is used here. */
interface Response {
  readonly headers: { get(name: string): string | undefined };
}
