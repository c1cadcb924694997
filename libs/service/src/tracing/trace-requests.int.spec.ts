import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { fastify, type FastifyInstance } from 'fastify';
import { JsonLogger } from '../logger';
import { traceRequests } from './trace-requests';

const caller = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const exporter = new InMemorySpanExporter();
const lines: string[] = [];
const logger = new JsonLogger('spec', 'info', { write: (line) => lines.push(line) });
let server: FastifyInstance;

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  server = fastify();
  traceRequests(server);
  server.post('/approvals/:token', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    logger.log('decided');
    return {};
  });
  server.get('/broken', async () => {
    throw new Error('broken');
  });
  server.get('/health/live', async () => ({}));
  await server.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await server.close();
  for (const api of [context, propagation, trace]) api.disable();
});
beforeEach(() => {
  exporter.reset();
  lines.length = 0;
});

const request = (method: string, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, server.listeningOrigin), {
    method,
    headers: { ...headers, ...(method === 'POST' && { 'content-type': 'application/json' }) },
    ...(method === 'POST' && { body: '{"much":"text"}' }),
  });

/** The span is over when the answer is out, a moment after the client has it. */
async function spanOf(answer: Promise<Response>) {
  await (await answer).text();
  for (;;) {
    const [span] = exporter.getFinishedSpans();
    if (span !== undefined) return span;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('makes a request a span of the caller’s trace, named by its route: the path may hold a token', async () => {
  const span = await spanOf(request('POST', '/approvals/s3cret?code=k3y', { traceparent: caller }));
  expect(span.name).toBe('POST /approvals/:token');
  expect(span.spanContext().traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  expect(span.parentSpanContext?.spanId).toBe('00f067aa0ba902b7');
  expect(span.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': '/approvals/:token',
    'http.response.status_code': 200,
  });
});

it('runs the handler within it, behind the arrival of the body: log lines name the trace', async () => {
  const span = await spanOf(request('POST', '/approvals/t'));
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { msg: 'decided', traceId: span.spanContext().traceId },
  ]);
});

it('begins a trace where the caller has none, or sends rubbish for one', async () => {
  const one = await spanOf(request('POST', '/approvals/t', { traceparent: 'rubbish' }));
  expect(one.parentSpanContext).toBeUndefined();
});

it('marks what failed by our fault', async () => {
  const span = await spanOf(request('GET', '/broken'));
  expect(span.attributes['http.response.status_code']).toBe(500);
  expect(span.status.code).toBe(2);
});

it('leaves out the probes', async () => {
  await request('GET', '/health/live');
  const span = await spanOf(request('GET', '/nowhere'));
  expect(span.name).toBe('GET unknown route');
  expect(exporter.getFinishedSpans()).toHaveLength(1);
});
