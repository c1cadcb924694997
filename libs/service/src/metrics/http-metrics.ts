import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Histogram } from 'prom-client';

/** What no route answers. */
const UNMATCHED = 'unmatched';

/** Named as OpenTelemetry's conventions for HTTP name it; long polls and event streams last as long as they are held. */
const duration = new Histogram({
  name: 'http_server_request_duration_seconds',
  help: 'Time from the head of a request to the end of its answer.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
});

/** Measures every request. The route is its pattern: paths hold tokens and ids. */
export function measureRequests(server: FastifyInstance): void {
  server.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    const { url: route = UNMATCHED } = request.routeOptions;
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    duration.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}
