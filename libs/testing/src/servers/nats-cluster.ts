import { type NatsServer, type NatsServerOptions, startNatsServer } from './nats-server';
import { freePort } from './ports';

export interface NatsCluster {
  /** Of all nodes, as clients want them: separated by commas. */
  readonly urls: string;
  readonly nodes: readonly NatsServer[];
  stop(): Promise<void>;
}

const NODES = 3;

/**
 * Starts a cluster of three nats-servers with JetStream on loopback. They answer then, and choose their leader
 * meanwhile.
 */
export async function startNatsCluster(
  options: Pick<NatsServerOptions, 'config' | 'env'> = {},
): Promise<NatsCluster> {
  const routePorts: number[] = [];
  while (routePorts.length < NODES) {
    const port = await freePort();
    if (!routePorts.includes(port)) routePorts.push(port);
  }
  const routes = routePorts.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  const nodes: NatsServer[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (const port of routePorts) {
      const cluster = `\ncluster { name: "countersign", listen: "127.0.0.1:${port}", routes: [${routes}] }\n`;
      nodes.push(await startNatsServer({ ...options, config: cluster + (options.config ?? '') }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map(({ url }) => url).join(','), nodes, stop };
}
