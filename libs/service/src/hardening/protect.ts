import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceConfig } from '../config';
import { ApiKeys } from '../keys/api-keys';
import { PublicServiceConfig } from './public-config';
import { limitRates } from './rate-limits';
import { secureHeaders } from './security-headers';

/**
 * Headers for every service, and limits for those that are reachable from outside. Before the application has
 * routes.
 *
 * @param laxity how many times the limits of the settings this application allows
 */
export async function protect(
  app: NestFastifyApplication,
  config: Readonly<ServiceConfig>,
  laxity = 1,
): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  const isPublic = config instanceof PublicServiceConfig;
  await secureHeaders(server, { https: isPublic && config.publicUrl.startsWith('https:') });
  if (!isPublic) return;
  const { rateLimitPerKey, rateLimitPerAddress, rateLimitFailures } = config;
  const limits = {
    perKey: rateLimitPerKey * laxity,
    perAddress: rateLimitPerAddress * laxity,
    failures: rateLimitFailures,
  };
  const keys = app.get(ApiKeys, { strict: false });
  await limitRates(server, limits, (request) => keys.callerOf(request));
}
