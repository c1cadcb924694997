import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** Seconds: a year. */
const HSTS_AGE = 31_536_000;

/** What no page of ours asks a browser for. */
const PERMISSIONS = ['camera', 'geolocation', 'microphone', 'payment', 'usb']
  .map((name) => `${name}=()`)
  .join(', ');

/**
 * What browsers are told with every answer, whatever a handler says: nothing of it runs, is framed, is taken for
 * another type, or is told to the next site as where one came from; it is kept by no cache. A page, or what may be kept, says
 * so itself and wins.
 *
 * @param https whether clients come by https only (PUBLIC_URL)
 */
export async function secureHeaders(server: FastifyInstance, { https }: { https: boolean }): Promise<void> {
  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https && { maxAge: HSTS_AGE, includeSubDomains: false },
  });
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'permissions-policy': PERMISSIONS });
  });
}
