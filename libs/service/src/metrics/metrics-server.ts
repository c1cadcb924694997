import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { register } from 'prom-client';
import type { ServiceConfig } from '../config';
import { describeProcess } from './service-metrics';

/** Milliseconds within which a request must have arrived. */
const REQUEST_TIMEOUT = 5_000;
const PATH = '/metrics';

/**
 * Answers `GET /metrics` in the Prometheus text format, on a port of its own: nothing of it is
 * reachable where the service's API is. It listens before the service boots, so that one that waits
 * for what it needs can be seen, and until the process ends.
 *
 * @returns where it is; undefined where no METRICS_PORT is set
 * @throws what listening throws: the address is taken
 */
export async function serveMetrics(
  service: string,
  config: Readonly<ServiceConfig>,
): Promise<string | undefined> {
  if (config.metricsPort === undefined) return undefined;
  describeProcess(service, config);
  const server = createServer((request, response) => void answer(request, response));
  server.requestTimeout = server.headersTimeout = REQUEST_TIMEOUT;
  server.listen(config.metricsPort, config.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return `http://${config.host}:${port}${PATH}`;
}

async function answer({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  if (method !== 'GET' || url?.split('?', 1)[0] !== PATH) return void response.writeHead(404).end();
  try {
    const text = await register.metrics();
    response.writeHead(200, { 'content-type': register.contentType }).end(text);
  } catch (error) {
    response.writeHead(500).end(error instanceof Error ? error.message : String(error));
  }
}
