import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ServiceConfig } from './config';
import { HTTP_LIMITS, limitedServer } from './hardening/http-limits';
import { PublicServiceConfig } from './hardening/public-config';
import { networksIn } from './hardening/trusted-proxies';
import { measureRequests } from './metrics/http-metrics';
import { readRefusedBody, streamBodies } from './streamed-body';
import { traceRequests } from './tracing/trace-requests';

/**
 * The HTTP server of a service.
 *
 * @param lenientPaths takes paths in any case and with a slash at their end
 */
export function httpAdapter(config: Readonly<ServiceConfig>, lenientPaths = false): FastifyAdapter {
  const proxies = config instanceof PublicServiceConfig ? networksIn(config.trustedProxies) : [];
  const adapter = new FastifyAdapter({
    ...limitedServer(HTTP_LIMITS),
    // What still comes on an open connection while it closes is answered like anything else.
    return503OnClosing: false,
    trustProxy: proxies.length > 0 && proxies,
    routerOptions: {
      maxParamLength: HTTP_LIMITS.maxParamLength,
      caseSensitive: !lenientPaths,
      ignoreTrailingSlash: lenientPaths,
    },
  });
  const server = adapter.getInstance();
  server.removeContentTypeParser('text/plain');
  server.addHook('onSend', readRefusedBody);
  measureRequests(server);
  traceRequests(server);
  streamBodies(server, HTTP_LIMITS.requestTimeout);
  return adapter;
}
