import { CodedError } from '@countersign/workflow';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Plain http is for development: to loopback, or to a name without a dot (a container beside this one). */
export const mayUseHttp = (hostname: string): boolean => LOOPBACK.has(hostname) || !hostname.includes('.');

/**
 * Opens a client of a storage account from its connection string, which is never repeated in an error.
 * It uses https except where {@link mayUseHttp} lets it be.
 *
 * @param service for people to read, and the first word of the error's code: `Table`, `Blob`
 * @param open is told whether plain http is accepted
 * @throws CodedError `<service>ConnectionInvalid`
 */
export function openClient<Client extends { readonly url: string }>(
  service: string,
  open: (allowInsecureConnection: boolean) => Client,
): Client {
  const code = `${service}ConnectionInvalid`;
  try {
    const { protocol, hostname } = new URL(open(false).url);
    if (protocol === 'https:') return open(false);
    if (mayUseHttp(hostname)) return open(true);
  } catch (cause) {
    throw new CodedError(code, 'This is not a connection string of a storage account.', { cause });
  }
  throw new CodedError(code, `The connection to Azure ${service} must use https.`);
}
