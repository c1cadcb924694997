import { createServer } from 'node:net';

/**
 * Ports below the range that systems hand out to outgoing connections: a client that reconnects
 * to a killed server's port can then never be connected to itself.
 */
const LOWEST = 20_000;
const COUNT = 12_000;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** A TCP port on which nothing listens on loopback right now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (await isFree(port)) return port;
  }
}
