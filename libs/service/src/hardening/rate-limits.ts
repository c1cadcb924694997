/**
 * How much one client may ask of a replica in a minute. Counted here, in memory; each kind of count keeps the most
 * recent clients only ({@link CLIENTS}), so that no flood of addresses fills it.
 *
 * 1. Who presents a key that is known is counted by the key's name, everybody else by address: an invented key
 *    buys no bucket.
 * 2. An address whose authentications failed too often may present no more keys, right ones included: else the
 *    answer would still tell them apart. A key that has worked from there before goes on working, so that a
 *    neighbour's mistakes lock nobody out.
 * 3. Routes that are {@link Unthrottled} are never refused here; their failed authentications count.
 */
import rateLimit from '@fastify/rate-limit';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../keys/api-keys';
import { type KeyRequest, presentedKey } from '../keys/presented-key';
import { Problem } from '../problem';
import { clientAddress } from './client-address';
import { Recent } from './recent';

/** Milliseconds. */
const WINDOW = 60_000;
/** Clients that are remembered for each kind of count: the default of the plugin, whose limiters take no other. */
export const CLIENTS = 5000;

/** Each a number a minute; 0 is no limit. */
export interface RateLimits {
  readonly perKey: number;
  readonly perAddress: number;
  /** Failed authentications of an address. */
  readonly failures: number;
}

type Limiter = ReturnType<FastifyInstance['createRateLimit']>;
type Count = Extract<Awaited<ReturnType<Limiter>>, { isAllowed: false }>;

const UNTHROTTLED = 'never refused for its number';

/** A handler whose requests are never refused for their number. Say beside it why that is safe. */
export const Unthrottled = () =>
  applyDecorators(SetMetadata(UNTHROTTLED, true), RouteConfig({ rateLimit: false }));

export const isUnthrottled = (handler: object): boolean => Reflect.hasMetadata(UNTHROTTLED, handler);

/** @param callerOf who presents a key that is known */
export async function limitRates(
  server: FastifyInstance,
  limits: RateLimits,
  callerOf: (request: KeyRequest) => Caller | undefined,
): Promise<void> {
  await server.register(rateLimit, { global: false });
  const callers = new WeakMap<FastifyRequest, Caller>();
  const limiter = (max: number, keyGenerator: (request: FastifyRequest) => string): Limiter | undefined =>
    max === 0 ? undefined : server.createRateLimit({ max, timeWindow: WINDOW, keyGenerator });
  const byKey = limiter(limits.perKey, (request) => callers.get(request)?.id ?? '');
  const byAddress = limiter(limits.perAddress, clientAddress);
  const failures = limiter(limits.failures, clientAddress);
  const worked = new Recent(CLIENTS);

  /** @throws Problem 429 */
  async function refuseGuesses(request: FastifyRequest, caller: Caller | undefined): Promise<void> {
    const pair = `${clientAddress(request)} ${caller?.id}`;
    if (caller === undefined || !worked.has(pair)) {
      const count = await failures?.(request, { increment: false });
      if (count?.isAllowed === false && count.remaining === 0)
        throw tooMany('Too many keys from this address were wrong.', count);
    }
    if (caller !== undefined) worked.add(pair);
  }

  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.rateLimit === false) return;
    const caller = callerOf(request);
    if (caller !== undefined) callers.set(request, caller);
    if (presentedKey(request) !== undefined) await refuseGuesses(request, caller);
    const count = await (caller === undefined ? byAddress : byKey)?.(request);
    if (count?.isAllowed !== false) return;
    tell(reply, count);
    if (count.isExceeded) throw tooMany('Too many requests.', count);
  });
  server.addHook('onSend', async (request, reply) => {
    if (reply.statusCode === 401) await failures?.(request);
  });
}

/** draft-ietf-httpapi-ratelimit-headers, in the form that most clients know (its version 03). */
function tell(reply: FastifyReply, { max, remaining, ttlInSeconds }: Count): void {
  reply.headers({
    'ratelimit-limit': max,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': ttlInSeconds,
  });
}

const tooMany = (why: string, { ttlInSeconds }: Count) =>
  new Problem(429, `${why} Try again in ${ttlInSeconds} s.`, {
    headers: { 'retry-after': String(ttlInSeconds) },
  });
