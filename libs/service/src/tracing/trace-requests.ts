import { context, propagation, SpanKind } from '@opentelemetry/api';
import {
  ATTR_HTTP_REQUEST_METHOD,
  ATTR_HTTP_RESPONSE_STATUS_CODE,
  ATTR_HTTP_ROUTE,
} from '@opentelemetry/semantic-conventions';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Arrival } from './arrival';

/** Asked every few seconds by whoever watches the process. */
const isProbe = (request: FastifyRequest): boolean =>
  request.routeOptions.url?.startsWith('/health/') ?? false;

/**
 * Makes each request a span (server), in the trace that its `traceparent` names or in a new one, and its handler run within.
 * The span names the route, not the path: a path may hold a token.
 */
export function traceRequests(server: FastifyInstance): void {
  const traced = new WeakMap<FastifyRequest, Arrival>();
  server.addHook('onRequest', async (request) => {
    if (isProbe(request)) return;
    const { method, routeOptions } = request;
    const route = routeOptions.url ?? 'unknown route';
    const caller = propagation.extract(context.active(), request.headers);
    const attributes = { [ATTR_HTTP_REQUEST_METHOD]: method, [ATTR_HTTP_ROUTE]: route };
    traced.set(request, new Arrival(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, caller));
  });
  // Not before: the body's arrival would leave the context again.
  server.addHook('preHandler', (request, _reply, done) => {
    const arrival = traced.get(request);
    if (arrival === undefined) done();
    else arrival.run(done);
  });
  server.addHook('onResponse', async (request, { statusCode }) => {
    const arrival = traced.get(request);
    if (statusCode >= 500) arrival?.failed();
    arrival?.end({ [ATTR_HTTP_RESPONSE_STATUS_CODE]: statusCode });
  });
}
