import { inboxPrefix } from '@countersign/contracts';
import type { ConnectionOptions } from '@nats-io/transport-node';

/** Who a service is to the server, and how it knows the server. All of it is optional. */
export interface Credentials {
  /** A user of its own gets a namespace of its own for answers. */
  readonly user?: string;
  readonly password?: string;
  /** Certificates (PEM) that sign the server's; without TLS there is no connection then. */
  readonly caFile?: string;
}

/** `tls` asks for TLS, too: the certificate is then checked against those that the system trusts. */
const ASKS_FOR_TLS = /(^|,)\s*tls:/;

export const credentialsOf = ({
  servers,
  user,
  password,
  caFile,
}: Credentials & { readonly servers: string }): ConnectionOptions => ({
  ...(user !== undefined && { user, pass: password, inboxPrefix: inboxPrefix(user) }),
  ...(caFile !== undefined ? { tls: { caFile } } : ASKS_FOR_TLS.test(servers) && { tls: {} }),
});

/** Empty without a user: the client's own. */
export const inboxPrefixOf = ({ user }: Credentials): string => (user === undefined ? '' : inboxPrefix(user));
