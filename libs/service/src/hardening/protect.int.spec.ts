/** What every service tells browsers, and what it tells nobody. */
import {
  BadRequestException,
  Controller,
  type DynamicModule,
  Get,
  InternalServerErrorException,
  Param,
  Post,
  Res,
} from '@nestjs/common';
import { CodedError } from '@countersign/workflow';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { loadConfig } from '../config';
import { ApiKeysModule } from '../keys/api-keys.module';
import { startService } from '../run-service';
import { PublicServiceConfig } from './public-config';

/** Stands in every error below, where clients must not see it. */
const INTERNAL = 'tcp://10.9.8.7:4222 as user:hunter2';

/** As the SDKs of storage accounts throw them: with request and answer. */
const restError = Object.assign(new Error(`connect ECONNREFUSED ${INTERNAL}`), {
  name: 'RestError',
  statusCode: 403,
  request: { headers: { authorization: `SharedKey account:${INTERNAL}` } },
  details: { message: INTERNAL },
});

const ERRORS: Readonly<Record<string, () => unknown>> = {
  'an unknown error': () => new Error(INTERNAL),
  'one of ours': () => new CodedError('Bug', INTERNAL, { cause: new Error(INTERNAL), details: { INTERNAL } }),
  'storage away': () => new CodedError('StorageUnavailable', INTERNAL, { cause: new Error(INTERNAL) }),
  'an error of a storage account': () => restError,
  'an error of NATS': () =>
    Object.assign(new Error(INTERNAL), { name: 'NatsError', code: 'PERMISSIONS_VIOLATION' }),
  'an error of Nest': () => new InternalServerErrorException({ INTERNAL }, { cause: new Error(INTERNAL) }),
  'an error of the system': () =>
    Object.assign(new Error(INTERNAL), { code: 'ENOENT', syscall: 'open', path: INTERNAL }),
  'an error that looks like the client’s': () => Object.assign(new Error(INTERNAL), { statusCode: 400 }),
  'several errors': () => new AggregateError([new Error(INTERNAL)], INTERNAL),
  'a text': () => INTERNAL,
  'an object': () => ({ statusCode: 500, message: INTERNAL, stack: INTERNAL }),
  nothing: () => undefined,
};

@Controller()
class Door {
  @Get('fail/:what')
  fail(@Param('what') what: string): never {
    throw ERRORS[what]?.();
  }

  @Get('rejected/:what')
  async rejected(@Param('what') what: string): Promise<never> {
    await Promise.resolve();
    throw ERRORS[what]?.();
  }

  @Get('client')
  client(): never {
    throw new BadRequestException('Say how many.', { cause: new Error(INTERNAL) });
  }

  @Post('json')
  json() {
    return {};
  }

  @Get('kept')
  kept(@Res({ passthrough: true }) reply: FastifyReply) {
    reply.headers({ 'cache-control': 'public, max-age=60', 'content-security-policy': "default-src 'self'" });
    return {};
  }
}

const doorModule = (): DynamicModule => ({
  module: class DoorModule {},
  imports: [ApiKeysModule.forRoot(undefined)],
  controllers: [Door],
});

let app: NestFastifyApplication;
let url: string;
let log: string;
async function start(env: Record<string, string> = {}) {
  log = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
  const config = loadConfig(PublicServiceConfig, {
    PORT: '0',
    PUBLIC_URL: 'https://flows.example',
    LOG_LEVEL: 'trace',
    ...env,
  });
  app = await startService({ name: 'door', config: PublicServiceConfig, module: doorModule }, config);
  url = await app.getUrl();
}
afterEach(async () => {
  await app.close();
  jest.restoreAllMocks();
});

describe('every answer', () => {
  it.each([
    ['an answer', '/health/live', 200],
    ['an error', '/fail/an unknown error', 500],
    ['an unknown address', '/nowhere', 404],
  ])('lets browsers do nothing with it: %s', async (_, path, status) => {
    await start();
    const answer = await fetch(url + path);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'permissions-policy': expect.stringContaining('camera=()'),
      'strict-transport-security': 'max-age=31536000',
    });
    for (const name of ['server', 'x-powered-by']) expect(answer.headers.get(name)).toBeNull();
  });

  it('says nothing of https where clients come by http', async () => {
    await start({ PUBLIC_URL: 'http://localhost:7071' });
    expect((await fetch(`${url}/health/live`)).headers.get('strict-transport-security')).toBeNull();
  });

  it('is as its handler says, where that says something', async () => {
    await start();
    const { headers } = await fetch(`${url}/kept`);
    expect(headers.get('cache-control')).toBe('public, max-age=60');
    expect(headers.get('content-security-policy')).toBe("default-src 'self'");
  });
});

describe('what went wrong inside', () => {
  it.each(
    Object.keys(ERRORS).flatMap((what) => [
      [what, `/fail/${what}`],
      [`${what}, later`, `/rejected/${what}`],
    ]),
  )('is told to the log and not to the client: %s', async (what, path) => {
    await start();
    const answer = await fetch(url + path);
    const text = await answer.text();
    expect([500, 503]).toContain(answer.status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(JSON.parse(text)).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status: answer.status,
      detail: expect.stringMatching(/^(Something went wrong on our side|Nothing was stored)/),
      instance: encodeURI(path),
    });
    const [line] = log.split('\n').filter((one) => one.includes(' failed'));
    expect(line).toContain('"level":"error"');
    if (!what.startsWith('nothing')) expect(line).toContain('10.9.8.7');
    expect(line).not.toContain('SharedKey');
  });

  it('is no part of what a client is told that it did wrong', async () => {
    await start();
    const answer = await fetch(`${url}/client`);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ detail: 'Say how many.' }),
    ]);
  });

  it('is not the body of a request that cannot be read, to neither', async () => {
    await start();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/json`, {
      method: 'POST',
      headers,
      body: '{"token": "hunter2", hunter2',
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain('hunter2');
    expect(log).not.toContain('hunter2');
  });
});
