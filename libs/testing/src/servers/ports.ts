import { createServer } from 'node:net';

/**
 * Ports below the range that systems hand out to outgoing connections: a client that reconnects
 * to a killed server's port can then never be connected to itself.
 */
const LOWEST = 20_000;
const COUNT = 12_000;
/** Processes that run at the same time nearly never share one of so many parts of the range. */
const PARTS = 60;
const EACH = COUNT / PARTS;

/** A server that was stopped keeps its port: its clients must not find somebody else there. */
const given = new Set<number>();

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** A TCP port on which nothing listens on loopback right now, and that this process did not get before. */
export async function freePort(): Promise<number> {
  if (given.size >= EACH / 2) given.clear();
  for (;;) {
    const port = LOWEST + (process.pid % PARTS) * EACH + Math.floor(Math.random() * EACH);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}
