import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { context, propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { Logger } from '@nestjs/common';
import { ServiceConfig } from '../config';
import { startTracing } from './start-tracing';

let collector: Server;
let delivered: string[];
const url = () => `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

beforeEach(async () => {
  delivered = [];
  collector = createServer((request, response) => {
    void json(request).then((body) => {
      delivered.push(`${request.url} ${JSON.stringify(body)}`);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(async () => {
  for (const api of [context, propagation, trace]) api.disable();
  collector.closeAllConnections();
  await new Promise((resolve) => collector.close(resolve));
});

const start = (settings: Partial<ServiceConfig>) =>
  startTracing('spec', Object.assign(new ServiceConfig(), { version: '1.2.3', ...settings }));

/** A request whose caller wants its trace recorded. */
function serve() {
  const caller = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
  const span = trace.getTracer('spec').startSpan('served', {}, trace.setSpanContext(ROOT_CONTEXT, caller));
  span.end();
  return span.spanContext();
}

it('delivers spans to the collector, in the name and version of the service', async () => {
  const deliver = start({ traceEndpoint: `${url()}/` });
  serve();
  await deliver();
  expect(delivered).toEqual([expect.stringMatching(/^\/v1\/traces .*"spec".*"1\.2\.3".*"served"/)]);
});

it('lets no caller decide what is recorded', async () => {
  const deliver = start({ traceEndpoint: url(), traceRatio: 0 });
  expect(serve().traceFlags).toBe(TraceFlags.NONE);
  await deliver();
  expect(delivered).toEqual([]);
});

it('gives every request an id where nobody records traces', async () => {
  const deliver = start({});
  expect(serve()).toMatchObject({ traceId: 'a'.repeat(32), traceFlags: TraceFlags.NONE });
  expect(trace.getTracer('spec').startSpan('new').spanContext().traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
  await deliver();
});

it('drops what the collector does not take, says so once, and ends in time', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  collector.removeAllListeners('request').on('request', (_, response) => response.writeHead(400).end());
  const deliver = start({ traceEndpoint: url() });
  for (let i = 0; i < 2; i++) {
    serve();
    await deliver();
  }
  expect(warn.mock.calls).toEqual([[expect.stringContaining('dropped'), { reason: expect.any(String) }]]);
  warn.mockRestore();
});
