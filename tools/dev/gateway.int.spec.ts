import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { startGateway } from './gateway.mjs';
import { freePorts } from './ports.mjs';

type Ports = Awaited<ReturnType<typeof freePorts>>;
const UPSTREAMS = ['ingestion', 'status-api', 'management', 'token-store/metrics'] as const;

let ports: Ports;
let gateway: Awaited<ReturnType<typeof startGateway>>;
const upstreams: Server[] = [];

/** Answers with its own name, the method, the path and the body as they arrived. */
async function upstream(name: (typeof UPSTREAMS)[number]): Promise<void> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => response.end(`${name} ${request.method} ${request.url} ${body}`));
  });
  server.listen(ports[name], '127.0.0.1');
  await once(server, 'listening');
  upstreams.push(server);
}

const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${ports.gateway}${path}`, init);

beforeAll(async () => {
  ports = await freePorts();
  for (const name of UPSTREAMS) await upstream(name);
  gateway = await startGateway(ports);
});
afterAll(async () => {
  await gateway.close();
  for (const server of upstreams) server.close();
});

it.each([
  ['/api/status/a%2Fb?wait=1', 'status-api'],
  ['/api/operations/1', 'status-api'],
  ['/runtime/webhooks/durabletask/instances', 'management'],
  ['/api/statuses', 'ingestion'],
  ['/approvals/t.x', 'ingestion'],
  ['/', 'ingestion'],
])('routes %s to %s and leaves the address as it is', async (path, service) => {
  expect(await (await ask(path)).text()).toBe(`${service} GET ${path} `);
});

it('shows the metrics of a service', async () => {
  expect(await (await ask('/metrics/token-store')).text()).toBe('token-store/metrics GET /metrics ');
});

it('passes a body on byte by byte, whatever its type', async () => {
  const body = '{ "a":1 ,\n"b": "ü"}';
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
    const answer = await ask('/slack/actions', { method: 'POST', body, headers: { 'content-type': type } });
    expect(await answer.text()).toBe(`ingestion POST /slack/actions ${body}`);
  }
});

it('answers 503 with Retry-After for a service that is down', async () => {
  const answer = await ask('/sandbox');
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({ status: 503, title: 'sandbox does not answer' });
});
