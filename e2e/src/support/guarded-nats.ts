/** A nats-server as in production: with the users of k8s/, who are asked for a password, over TLS. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { JetStreamConnection } from '@countersign/jetstream';
import { startNatsServer } from '@countersign/testing';
import { generate } from 'selfsigned';

const USERS_FILE = join(__dirname, '../../../k8s/base/nats/permissions.conf');

export interface GuardedNats {
  /** What the services are told of it, by the names of their settings. */
  readonly env: Readonly<Record<string, string>>;
  connect(user: string): Promise<JetStreamConnection>;
  stop(): Promise<void>;
}

export async function startGuardedNats(): Promise<GuardedNats> {
  const users = await readFile(USERS_FILE, 'utf8');
  const dir = await mkdtemp(join(tmpdir(), 'countersign-certificates-'));
  const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)]);
  const password = `p${'secret'.repeat(3)}`;
  const variables = [...users.matchAll(/\$(NATS_PASSWORD_\w+)/g)].map(([, name]) => [name, password]);
  const passwords = Object.fromEntries(variables) as Record<string, string>;
  const server = await startNatsServer({
    config: `tls { cert_file: "${certFile}", key_file: "${keyFile}" }\n${users}`,
    env: passwords,
  });
  return {
    env: { ...passwords, NATS_URL: server.url, NATS_CA_FILE: certFile },
    connect: (user) =>
      JetStreamConnection.open({ servers: server.url, name: user, user, password, caFile: certFile }),
    stop: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Those of the subjects that the server lets the connection's user publish to (empty messages are sent), and hear. */
export async function allowed(
  { nc }: JetStreamConnection,
  publish: readonly string[],
  listen: readonly string[],
): Promise<{ publish: string[]; listen: string[] }> {
  const refused = new Set<string>();
  void (async () => {
    for await (const status of nc.status())
      if (status.type === 'error' && 'operation' in status.error && 'subject' in status.error)
        refused.add(`${status.error.operation} ${status.error.subject}`);
  })();
  for (const subject of publish) nc.publish(subject, '');
  for (const subject of listen) nc.subscribe(subject, { callback: () => undefined });
  await nc.flush();
  await turn();
  return {
    publish: publish.filter((subject) => !refused.has(`publish ${subject}`)),
    listen: listen.filter((subject) => !refused.has(`subscription ${subject}`)),
  };
}
