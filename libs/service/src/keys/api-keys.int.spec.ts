/** Keys in a file that changes, and in front of controllers. */
import crypto, { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@countersign/testing';
import { Controller, Get, Logger, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig, ServiceConfig } from '../config';
import { PublicServiceConfig } from '../hardening/public-config';
import { Problem } from '../problem';
import { startService } from '../run-service';
import { StreamedBody } from '../streamed-body';
import { ApiKeys, type Caller, type NeededScope } from './api-keys';
import { ApiKeysModule } from './api-keys.module';
import { CalledBy, RequireScope } from './require-scope';

const entry = (key: string, scope: string, more: object = {}) => ({
  name: key.split(' ')[0],
  scope,
  hash: createHash('sha256').update(key).digest('hex'),
  ...more,
});
const WORKFLOWS = { workflows: ['A', 'B'] };
const EXPIRY = '2030-01-01T00:00:00Z';
const KEYS = [
  entry('fun key', 'function', WORKFLOWS),
  entry('host key', 'host'),
  entry('sys key', 'system'),
  entry('short key', 'host', { expiresAt: EXPIRY }),
];
const fileOf = (...keys: object[]) => JSON.stringify({ keys });
const from = (key: string | undefined) => ({ headers: { 'x-functions-key': key }, query: {} });

/** In one go: half a file would be an error of its own. */
async function replace(text: string): Promise<void> {
  await writeFile(join(dir, 'new'), text);
  await rename(join(dir, 'new'), file);
}

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
  file = join(dir, 'keys.json');
  await replace(fileOf(...KEYS));
});
beforeAll(() => Logger.overrideLogger(false));
const open: ApiKeys[] = [];
afterEach(async () => {
  for (const keys of open.splice(0)) keys.onModuleDestroy();
  jest.restoreAllMocks();
  await rm(dir, { recursive: true });
});

async function keysOf(more: { now?: () => number } = {}): Promise<ApiKeys> {
  const keys = new ApiKeys({ file, pollMs: 5, ...more });
  open.push(keys);
  await keys.onModuleInit();
  return keys;
}

function problemOf(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was not refused');
}

const isKnown = (keys: ApiKeys, key: string) => {
  try {
    return keys.authorize(from(key), { scope: 'function' }) !== undefined;
  } catch {
    return false;
  }
};

describe('what a key may do', () => {
  it.each<[string, NeededScope, string, number]>([
    ['fun key', { scope: 'function' }, 'a key', 200],
    ['fun key', { scope: 'function', workflow: 'A' }, '', 200],
    ['fun key', { scope: 'function', workflow: 'C' }, 'a function key that names C, or a host key', 403],
    ['fun key', { scope: 'host' }, 'a host key', 403],
    ['fun key', { scope: 'system' }, 'a system key', 403],
    ['host key', { scope: 'function', workflow: 'C' }, '', 200],
    ['host key', { scope: 'host' }, '', 200],
    ['host key', { scope: 'system' }, 'a system key', 403],
    ['sys key', { scope: 'function', workflow: 'C' }, '', 200],
    ['sys key', { scope: 'host' }, '', 200],
    ['sys key', { scope: 'system' }, '', 200],
  ])('a %s where %j is needed', async (key, needed, wanted, status) => {
    const keys = await keysOf();
    const authorize = () => keys.authorize(from(key), needed);
    if (status === 200) return void expect(authorize()).toMatchObject({ name: key.split(' ')[0] });
    const problem = problemOf(authorize);
    expect([problem.getStatus(), problem.detail]).toEqual([403, `This needs ${wanted}.`]);
    expect(problem.more.headers?.['www-authenticate']).toBe(
      `Bearer realm="countersign", error="insufficient_scope", scope="${needed.scope}"`,
    );
  });

  it('is told by the header before the query, and by the query before the bearer', async () => {
    const keys = await keysOf();
    const name = (headers: Record<string, string>, query: object) =>
      keys.authorize({ headers, query }, { scope: 'host' }).name;
    const bearer = { authorization: 'Bearer host key' };
    expect(name(bearer, {})).toBe('host');
    expect(name({ authorization: 'bearer   host key' }, {})).toBe('host');
    expect(name(bearer, { code: 'sys key' })).toBe('sys');
    expect(name({ ...bearer, 'x-functions-key': 'short key' }, { code: 'sys key' })).toBe('short');
  });

  it.each<[string, object, object, string]>([
    ['none', {}, {}, 'Send a host key in the x-functions-key header.'],
    ['another scheme', { authorization: 'Basic aG9zdCBrZXk=' }, {}, 'Send a host key'],
    ['a wrong one', { 'x-functions-key': 'host kez' }, {}, 'The key is not known.'],
    ['an empty one', { 'x-functions-key': '' }, {}, 'The key is not known.'],
    ['its hash', { 'x-functions-key': KEYS[1]?.hash }, {}, 'The key is not known.'],
    ['two', {}, { code: ['host key', 'host key'] }, 'The key is not known.'],
    ['an expired one', { 'x-functions-key': 'short key' }, {}, 'The key has expired.'],
  ])('nothing with %s', async (_, headers, query, detail) => {
    const keys = await keysOf({ now: () => Date.parse(EXPIRY) });
    const problem = problemOf(() => keys.authorize({ headers: { ...headers }, query }, { scope: 'host' }));
    expect([problem.getStatus(), problem.detail]).toEqual([401, expect.stringContaining(detail)]);
    expect(problem.more.headers?.['www-authenticate']).toMatch(/^Bearer realm="countersign"/);
  });

  it('ends with the very moment of its expiry', async () => {
    let now = Date.parse(EXPIRY) - 1;
    const keys = await keysOf({ now: () => now });
    expect(isKnown(keys, 'short key')).toBe(true);
    now++;
    expect(isKnown(keys, 'short key')).toBe(false);
  });
});

it('compares a presented key with every one that there is, wherever it matches, in constant time', async () => {
  const keys = await keysOf();
  const compare = jest.spyOn(crypto, 'timingSafeEqual');
  for (const key of ['fun key', 'short key', 'unknown']) {
    compare.mockClear();
    isKnown(keys, key);
    expect(compare).toHaveBeenCalledTimes(KEYS.length);
  }
});

it('knows no key without a file', async () => {
  const keys = new ApiKeys({});
  await keys.onModuleInit();
  expect(isKnown(keys, 'host key')).toBe(false);
});

describe('a file that changes', () => {
  it('rotates a key: both are the same caller, then the old one is refused', async () => {
    const keys = await keysOf();
    const idOf = (key: string) => keys.authorize(from(key), { scope: 'host' }).id;
    const before = idOf('host key');
    await replace(fileOf(...KEYS, entry('host new', 'host')));
    await until(() => isKnown(keys, 'host new'));
    expect([idOf('host key'), idOf('host new')]).toEqual([before, before]);
    await replace(fileOf(entry('host new', 'host')));
    await until(() => !isKnown(keys, 'host key'));
    expect(idOf('host new')).toBe(before);
  });

  it('is read when a symbolic link on the way to it is swapped, as Kubernetes does', async () => {
    for (const [version, key] of [
      ['v1', 'old key'],
      ['v2', 'new key'],
    ] as const) {
      await mkdir(join(dir, version));
      await writeFile(join(dir, version, 'keys.json'), fileOf(entry(key, 'host')));
    }
    await symlink('v1', join(dir, '..data'));
    await rm(file);
    await symlink('..data/keys.json', file);
    const keys = await keysOf();
    expect(isKnown(keys, 'old key')).toBe(true);
    await symlink('v2', join(dir, 'next'));
    await rename(join(dir, 'next'), join(dir, '..data'));
    await until(() => isKnown(keys, 'new key'));
    expect(isKnown(keys, 'old key')).toBe(false);
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ['is broken', () => replace(fileOf({ ...KEYS[1], scope: 'x' })), /keys\.json .*keys\.0\.scope must be/],
    ['is cut off', () => replace('{"keys":['), /is not valid: it is not JSON/],
    ['is gone', () => rm(file), /cannot be read: ENOENT/],
  ])(
    'that %s leaves the keys as they were, and is logged once, until it is right',
    async (_, harm, message) => {
      const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
      const keys = await keysOf();
      await harm();
      await until(() => error.mock.calls.length > 0);
      for (let looks = 0; looks < 3; looks++) await keys.reload();
      expect(error.mock.calls).toEqual([[expect.stringMatching(message)]]);
      expect(isKnown(keys, 'host key')).toBe(true);
      await replace(fileOf(entry('new key', 'host')));
      await until(() => isKnown(keys, 'new key'));
      expect(isKnown(keys, 'host key')).toBe(false);
    },
  );

  it('that comes back as it was is still in use', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    const keys = await keysOf();
    await rm(file);
    await until(() => error.mock.calls.length > 0);
    await replace(fileOf(...KEYS));
    await keys.reload();
    expect(isKnown(keys, 'host key')).toBe(true);
  });
});

describe('at boot', () => {
  it.each([
    ['missing', () => rm(file), /KEYS_FILE\) cannot be read: ENOENT\. Make one with npm run keys\./],
    [
      'a folder',
      () =>
        rm(file)
          .then(() => mkdir(file))
          .then(() => undefined),
      /cannot be read: EISDIR/,
    ],
    ['broken', () => replace('{"keys":1}'), /KEYS_FILE\) is not valid: keys must be a list/],
  ])('a file that is %s is an error that says so', async (_, harm, message) => {
    await harm();
    await expect(new ApiKeys({ file }).onModuleInit()).rejects.toThrow(message);
  });
});

@Controller('managed')
@RequireScope('system')
class ManagedController {
  @Get()
  who(@CalledBy() caller: Caller): Caller {
    return caller;
  }

  @Get('looser')
  @RequireScope('function')
  looser(@CalledBy() { name }: Caller): { name: string } {
    return { name };
  }

  @Post('streamed')
  @StreamedBody()
  streamed(@CalledBy() { name }: Caller): { name: string } {
    return { name };
  }
}

class Managed {}

describe('a controller behind @RequireScope', () => {
  let app: NestFastifyApplication;
  let url: string;
  beforeEach(async () => {
    const module = () => ({
      module: Managed,
      imports: [ApiKeysModule.forRoot(file)],
      controllers: [ManagedController],
    });
    const config = loadConfig(ServiceConfig, { PORT: '0', LOG_LEVEL: 'silent' });
    app = await startService({ name: 'managed', config: ServiceConfig, module }, config);
    url = await app.getUrl();
  });
  afterEach(() => app.close());

  const get = (path: string, key?: string) =>
    fetch(url + path, { headers: key === undefined ? {} : { 'x-functions-key': key } });

  it.each<[string, string, RequestInit]>([
    ['a key', '/managed', {}],
    ['a key beside a streamed body', '/managed/streamed', { method: 'POST', body: 'text' }],
  ])('has %s looked up once, although requests are counted by it, too', async (_, path, init) => {
    const module = () => ({
      module: Managed,
      imports: [ApiKeysModule.forRoot(file)],
      controllers: [ManagedController],
    });
    const settings = { PORT: '0', LOG_LEVEL: 'silent', PUBLIC_URL: 'http://localhost' };
    const config = loadConfig(PublicServiceConfig, settings);
    const open = await startService({ name: 'open', config: PublicServiceConfig, module }, config);
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    const answer = await fetch((await open.getUrl()) + path, {
      ...init,
      headers: { 'x-functions-key': 'sys key' },
    });
    await open.close();
    expect(answer.ok).toBe(true);
    expect(answer.headers.get('ratelimit-limit')).toBe(String(config.rateLimitPerKey));
    expect(compare).toHaveBeenCalledTimes(KEYS.length);
  });

  it('learns who calls', async () => {
    const answer = await get('/managed', 'sys key');
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { id: 'system:sys', name: 'sys', scope: 'system' },
    ]);
    expect(await (await get('/managed/looser', 'fun key')).json()).toEqual({ name: 'fun' });
  });

  it.each([
    ['no key', undefined, 401],
    ['an unknown key', 'nobody', 401],
    ['a host key', 'host key', 403],
  ])('refuses %s with a problem that repeats no key', async (_, key, status) => {
    const answer = await get(`/managed${key === undefined ? '' : `?code=${key}`}`);
    const body = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(body).toContain(key === 'nobody' ? 'not known' : 'a system key');
    expect(body).not.toMatch(/code=|nobody|host key/);
  });
});
