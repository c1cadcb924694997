import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface MisreadNats {
  readonly url: string;
  /** While it is true, the field is read by another name. */
  misread: boolean;
  stop(): Promise<void>;
}

/**
 * A way to a NATS server on which a field of what is received has another name (of the same length): as it looks to a
 * release that knows the field by that name.
 */
export async function startMisreadNats(
  natsUrl: string,
  [name, other]: [string, string],
): Promise<MisreadNats> {
  const { hostname, port } = new URL(natsUrl);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((one) => one.destroy()));
    }
    client.pipe(upstream);
    upstream.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      client.write(Buffer.from(nats.misread ? text.replaceAll(`"${name}":`, `"${other}":`) : text, 'latin1'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const nats: MisreadNats = {
    url: `nats://127.0.0.1:${(server.address() as AddressInfo).port}`,
    misread: false,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
  return nats;
}
