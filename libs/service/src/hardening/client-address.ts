import { normalizeIP } from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';

/** One subscriber has a whole network of this many bits (RFC 6177), so one address of it says little. */
const IPV6_SUBNET = 64;

/**
 * Whom a request is counted to: the address that it came from, or that the proxies name which are trusted; of IPv6
 * the network. Nothing that the client itself says.
 */
export const clientAddress = (request: Pick<FastifyRequest, 'ip'>): string =>
  normalizeIP(request.ip, IPV6_SUBNET);
