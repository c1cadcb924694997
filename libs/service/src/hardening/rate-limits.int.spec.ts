import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { CLIENTS, limitRates, type RateLimits } from './rate-limits';

const LIMITS: RateLimits = { perKey: 6, perAddress: 3, failures: 2 };
const PROXY = '10.1.2.3';
/** By key. */
const NAMES: Readonly<Record<string, string>> = { k1: 'team', k2: 'team', other: 'others' };

let server: FastifyInstance;
const serve = async (limits: Partial<RateLimits> = {}, trustProxy: string[] | false = false) => {
  server = fastify({ trustProxy });
  await limitRates(server, { ...LIMITS, ...limits }, ({ headers }) => {
    const name = NAMES[String(headers['x-functions-key'])];
    return name === undefined ? undefined : { id: `host:${name}`, name, scope: 'host' };
  });
  server.setErrorHandler(
    (error: Error & { getStatus(): number; more: { headers: object } }, _request, reply) =>
      reply
        .code(error.getStatus())
        .headers({ ...error.more.headers })
        .send({ detail: error.message }),
  );
  server.get('/open', async () => 'open');
  server.get('/keyed', async ({ headers }, reply) =>
    reply.code(String(headers['x-functions-key']) in NAMES ? 200 : 401).send(),
  );
  server.get('/signed', { config: { rateLimit: false } }, async ({ headers }, reply) =>
    reply.code('signed' in headers ? 200 : 401).send(),
  );
};
afterEach(() => server.close());

const ask = async (url: string, headers: Record<string, string> = {}, remoteAddress = '192.0.2.1') =>
  server.inject({ url, headers, remoteAddress } satisfies InjectOptions);

/** The statuses of so many requests, one after the other. */
async function statuses(count: number, ...request: Parameters<typeof ask>): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < count; n++) all.push((await ask(...request)).statusCode);
  return all;
}

const key = (value: string) => ({ 'x-functions-key': value });

describe('an address', () => {
  it('is told what is left, and beyond the limit when to come again', async () => {
    await serve();
    const first = await ask('/open');
    expect(first.headers).toMatchObject({ 'ratelimit-limit': '3', 'ratelimit-remaining': '2' });
    expect(await statuses(3, '/open')).toEqual([200, 200, 429]);
    const refused = await ask('/open');
    const { 'retry-after': after = '' } = refused.headers;
    expect(Number(after)).toBeGreaterThan(0);
    expect(Number(after)).toBeLessThanOrEqual(60);
    expect(refused.json()).toEqual({ detail: `Too many requests. Try again in ${after} s.` });
    expect(await statuses(1, '/open', {}, '192.0.2.2')).toEqual([200]);
  });

  it('gets no other count by an invented key, whatever route it asks for', async () => {
    await serve({ failures: 0 });
    const answers = [];
    for (let n = 0; n < 5; n++)
      answers.push((await ask(n % 2 ? '/open' : '/nowhere', key(`guess ${n}`))).statusCode);
    expect(answers).toEqual([404, 200, 404, 429, 429]);
  });

  it('cannot be chosen by the client, unless a trusted proxy says so', async () => {
    await serve();
    const claims = async (from: string, count: number) => {
      const answers = [];
      for (let n = 0; n < count; n++)
        answers.push((await ask('/open', { 'x-forwarded-for': `203.0.113.${n}` }, from)).statusCode);
      return answers;
    };
    expect(await claims(PROXY, 4)).toEqual([200, 200, 200, 429]);
    await server.close();
    await serve({}, ['10.0.0.0/8']);
    expect(await claims(PROXY, 4)).toEqual([200, 200, 200, 200]);
    expect(await claims('192.0.2.9', 4)).toEqual([200, 200, 200, 429]);
    // What the client put before what the proxy says does not count.
    const spoofed = [];
    for (let n = 0; n < 4; n++)
      spoofed.push((await ask('/open', { 'x-forwarded-for': `1.1.1.${n}, 198.51.100.7` }, PROXY)).statusCode);
    expect(spoofed).toEqual([200, 200, 200, 429]);
  });

  it('is a network of IPv6, and the same whether it is written as IPv4 or within IPv6', async () => {
    await serve();
    const from = async (...addresses: string[]) => {
      const answers = [];
      for (const address of addresses) answers.push((await ask('/open', {}, address)).statusCode);
      return answers;
    };
    expect(await from('2001:db8::1', '2001:db8::2', '2001:db8::ffff:3', '2001:db8::4')).toEqual([
      200, 200, 200, 429,
    ]);
    expect(await from('2001:db8:0:1::1')).toEqual([200]);
    expect(await from('192.0.2.1', '::ffff:192.0.2.1', '192.0.2.1', '::ffff:192.0.2.1')).toEqual([
      200, 200, 200, 429,
    ]);
  });

  it('is forgotten when many others came since: the memory is bounded', async () => {
    await serve({ perAddress: 1 });
    expect(await statuses(2, '/open')).toEqual([200, 429]);
    const address = (n: number) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    for (let n = 0; n < CLIENTS - 1; n++) await ask('/open', {}, address(n));
    expect(await statuses(1, '/open')).toEqual([429]);
    for (let n = 0; n < CLIENTS; n++) await ask('/open', {}, address(n + CLIENTS));
    expect(await statuses(1, '/open')).toEqual([200]);
  });

  it('has no limit where that is 0', async () => {
    await serve({ perAddress: 0, perKey: 0, failures: 0 });
    expect(new Set(await statuses(50, '/open'))).toEqual(new Set([200]));
    expect(new Set(await statuses(50, '/keyed', key('k1')))).toEqual(new Set([200]));
    expect(new Set(await statuses(50, '/keyed', key('guess')))).toEqual(new Set([401]));
  });
});

describe('a caller with a key', () => {
  it('is counted by name: from wherever, with both keys of a rotation, and beside its address', async () => {
    await serve();
    expect(await statuses(3, '/keyed', key('k1'))).toEqual([200, 200, 200]);
    expect(await statuses(4, '/keyed', key('k2'), '192.0.2.2')).toEqual([200, 200, 200, 429]);
    expect(await statuses(1, '/keyed', key('other'))).toEqual([200]);
    expect(await statuses(3, '/open')).toEqual([200, 200, 200]);
  });
});

describe('somebody who guesses keys', () => {
  it('gets no more answers after some wrong ones, not even for the right key', async () => {
    await serve({ perAddress: 100 });
    expect(await statuses(4, '/keyed', key('guess'))).toEqual([401, 401, 429, 429]);
    const right = await ask('/keyed', key('k1'));
    expect([right.statusCode, right.json()]).toEqual([
      429,
      { detail: expect.stringContaining('Too many keys from this address were wrong.') },
    ]);
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('locks out no one else: other addresses, keys that worked from there before, requests without a key', async () => {
    await serve({ perAddress: 100 });
    expect(await statuses(1, '/keyed', key('k1'))).toEqual([200]);
    await statuses(3, '/keyed', key('guess'));
    expect(await statuses(1, '/keyed', key('k1'))).toEqual([200]);
    expect(await statuses(1, '/keyed', key('other'))).toEqual([429]);
    expect(await statuses(1, '/keyed', key('other'), '192.0.2.2')).toEqual([200]);
    expect(await statuses(1, '/open')).toEqual([200]);
  });
});

describe('a route for signed requests', () => {
  it('refuses nobody for the number of requests, nor for what others from there got wrong', async () => {
    await serve();
    await statuses(5, '/keyed', key('guess'));
    await statuses(5, '/open');
    expect(new Set(await statuses(20, '/signed', { signed: 'yes' }))).toEqual(new Set([200]));
  });

  it('counts what was not signed as a failure of the address', async () => {
    await serve({ perAddress: 100 });
    expect(await statuses(2, '/signed')).toEqual([401, 401]);
    expect(await statuses(1, '/keyed', key('guess'))).toEqual([429]);
  });
});
