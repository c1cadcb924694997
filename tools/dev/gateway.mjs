/** One address for everything, as an ingress gives it: routes by path, and changes nothing. */
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';
import { HOST, metricsPortOf, originAt } from './ports.mjs';
import { SERVICES } from './service-settings.mjs';

/** The longest prefix wins; what is not named here goes to ingestion. */
const ROUTES = /** @type {const} */ ({
  '/api/status': 'status-api',
  '/api/operations': 'status-api',
  '/runtime': 'management',
  '/sandbox': 'sandbox',
  '/': 'ingestion',
});

/** What every service tells Prometheus, for people to look at: no ingress leads there. */
const METRICS = SERVICES.map((name) => ({
  prefix: `/metrics/${name}`,
  rewritePrefix: '/metrics',
  service: metricsPortOf(name),
}));

/**
 * @typedef {object} GatewayOptions
 * @property {(upstream: Upstream) => string} [originOf] asked for each request; default: what listens on the upstream's port
 * @property {(answer: Answered) => void} [onAnswer]
 */

/**
 * What somebody was answered.
 * @typedef {object} Answered
 * @property {string} method
 * @property {string} path with its query
 * @property {number} status 503 also where the upstream did not answer
 */

/** Approval tokens are path segments. */
const MAX_PATH_SEGMENT = 8192;

/** @typedef {(typeof ROUTES)[keyof typeof ROUTES] | import('./ports.mjs').MetricsPortName} Upstream */

/**
 * @param {import('./ports.mjs').Ports} ports
 * @param {GatewayOptions} [options]
 * @returns {Promise<{ close(): Promise<void> }>}
 */
export async function startGateway(ports, options = {}) {
  const { originOf = (upstream) => originAt(ports[upstream]), onAnswer } = options;
  const app = fastify({
    forceCloseConnections: true,
    // Bodies go by; each service has limits of its own.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    routerOptions: { maxParamLength: MAX_PATH_SEGMENT },
  });
  if (onAnswer)
    app.addHook('onResponse', async ({ method, url: path }, { statusCode: status }) =>
      onAnswer({ method, path, status }),
    );
  const routes = Object.entries(ROUTES).map(([prefix, service]) => ({
    prefix,
    rewritePrefix: prefix,
    service,
  }));
  for (const { prefix, rewritePrefix, service } of [...routes, ...METRICS]) {
    await app.register(proxy, {
      upstream: '',
      prefix,
      rewritePrefix,
      // Long polls and event streams may stay silent; a service that is down is the caller's to retry.
      undici: { headersTimeout: 0, bodyTimeout: 0 },
      retryMethods: [],
      maxRetriesOn503: 0,
      destroyAgent: true,
      replyOptions: {
        getUpstream: () => originOf(service),
        // The gateway has answered `Expect: 100-continue` itself by now.
        rewriteRequestHeaders: (_request, { expect, ...headers }) => headers,
        onError: (reply, { error }) => {
          const title = `${service} does not answer`;
          const problem = { type: 'about:blank', title, status: 503, detail: error.message };
          void reply.code(503).header('retry-after', '1').type('application/problem+json').send(problem);
        },
      },
    });
  }
  await app.listen({ host: HOST, port: ports.gateway });
  return { close: () => app.close() };
}
