import { InstanceSubjects } from '@countersign/contracts';
import { ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { loadConfig, startService } from '@countersign/service';
import { type NatsServer, startNatsServer } from '@countersign/testing';
import type { Step } from '@countersign/workflow';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { statusApiModule } from '../app.module';
import { StatusApiConfig } from '../config';
import { aStep } from '@countersign/testing';

const PUBLIC_URL = 'https://flows.example';

let nats: NatsServer;
let app: NestFastifyApplication;
let url: string;

async function serve(settings: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const env = { PORT: '0', LOG_LEVEL: 'silent', NATS_URL: nats.url, PUBLIC_URL, ...settings };
  const options = { name: 'status-api', config: StatusApiConfig, module: statusApiModule };
  return startService(options, loadConfig(StatusApiConfig, env));
}

beforeAll(async () => {
  nats = await startNatsServer();
  app = await serve();
  url = await app.getUrl();
});
afterAll(async () => {
  await app.close();
  await nats.stop();
});

const addressOf = (id: string) => `/api/status/${encodeURIComponent(id)}`;
const ask = (id: string, headers: Record<string, string> = {}, query = '', method = 'GET') =>
  fetch(`${url}${addressOf(id)}${query}`, { headers, method });
const start = (id: string) => app.get(WorkflowClient).start({ workflow: 'NotifyOnTask', id, input: {} });

/** Plays the coordinator; returns the step's sequence. */
async function step(id: string, more: Partial<Step>): Promise<number> {
  const message = { subject: new InstanceSubjects(0, id).step, body: JSON.stringify(aStep(more)) };
  const outcome = await app.get(ShardLogs).at(0).publish(message);
  if (outcome.kind !== 'stored') throw new Error(`The step was not stored: ${outcome.kind}`);
  return outcome.seq;
}

describe('polling a status', () => {
  it.each(['plain', 'Release 7 (ü) %41', 'é'.repeat(256), "it's:a+b&c=d"])(
    'never answers 404 for what was accepted, whatever its id: %s (hazard 18)',
    async (id) => {
      await start(id);
      const answer = await ask(id);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('location')).toBe(PUBLIC_URL + addressOf(id));
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(await answer.json()).toEqual({ id, status: 'Pending', customStatus: null, result: null });
    },
  );

  it.each(['Pending', 'Running', 'Suspended'] as const)('is 202 while %s', async (status) => {
    await start(`goes-on-${status}`);
    await step(`goes-on-${status}`, { status, customStatus: { stage: 'waiting' } });
    const answer = await ask(`goes-on-${status}`);
    expect([answer.status, answer.headers.has('location'), answer.headers.has('retry-after')]).toEqual([
      202,
      true,
      true,
    ]);
    expect(await answer.json()).toMatchObject({ status, customStatus: { stage: 'waiting' } });
  });

  it.each(['Completed', 'Failed', 'Terminated', 'Canceled'] as const)('is 200 once %s', async (status) => {
    await start(`ended-${status}`);
    await step(`ended-${status}`, { status });
    const answer = await ask(`ended-${status}`);
    if (status !== 'Failed')
      expect((await ask(`ended-${status}`, {}, '?returnInternalServerErrorOnFailure=true')).status).toBe(200);
    expect([answer.status, answer.headers.has('location'), answer.headers.has('retry-after')]).toEqual([
      200,
      false,
      false,
    ]);
    expect(await answer.json()).toEqual({ id: `ended-${status}`, status, customStatus: null, result: null });
  });

  it('is 500 on failure for clients that ask for it, with the same body', async () => {
    const error = { code: 'FlexDeployUnauthorized', message: 'The password is wrong', retryable: false };
    await start('failed');
    await step('failed', { status: 'Failed', error });
    const [plain, asked, other] = await Promise.all(
      ['', '?returnInternalServerErrorOnFailure=true', '?returnInternalServerErrorOnFailure=false'].map(
        (query) => ask('failed', {}, query),
      ),
    );
    expect([plain?.status, asked?.status, other?.status]).toEqual([200, 500, 200]);
    expect(await asked?.json()).toEqual(await plain?.json());
  });

  it('is 404 for what never was, and for what cannot be an id', async () => {
    for (const id of ['never-was', '@x', 'a#b', 'x'.repeat(257)]) {
      const answer = await ask(id);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        404,
        expect.stringContaining('problem+json'),
      ]);
      expect(await answer.json()).toMatchObject({ detail: 'Job not found' });
    }
  });

  it('is 304 for a client that has the newest state, until the next step', async () => {
    await start('tagged');
    const first = await ask('tagged');
    expect(first.headers.get('etag')).toBe('"0"');
    await step('tagged', { customStatus: 1 });
    const second = await ask('tagged', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(second.status).toBe(202);
    const unchanged = await ask('tagged', { 'if-none-match': second.headers.get('etag') ?? '' });
    expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
    expect(unchanged.headers.get('etag')).toBe(second.headers.get('etag'));
    const seq = await step('tagged', { status: 'Completed' });
    const third = await ask('tagged', { 'if-none-match': second.headers.get('etag') ?? '' });
    expect([third.status, third.headers.get('etag')]).toEqual([200, `"${seq}"`]);
  });

  it('answers a HEAD as it answers a GET, without the body', async () => {
    await start('headed');
    const answer = await ask('headed', {}, '', 'HEAD');
    expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([202, '"0"', '']);
    expect((await ask('never-was', {}, '', 'HEAD')).status).toBe(404);
  });

  it('lets a client do nothing but poll', async () => {
    await start('polled');
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await ask('polled', {}, '', method)).status).toBe(404);
  });

  it('never builds an address from the Host header', async () => {
    await start('hosted');
    const answer = await ask('hosted', { 'x-forwarded-host': 'evil.example' });
    expect(answer.headers.get('location')).toBe(`${PUBLIC_URL}/api/status/hosted`);
  });
});

describe('when JetStream is away', () => {
  it('the answer is 503 with Retry-After, never a 404', async () => {
    const other = await startNatsServer();
    const lonely = await serve({ NATS_URL: other.url });
    try {
      await other.kill();
      const answer = await fetch(`${await lonely.getUrl()}/api/status/anything`);
      expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
    } finally {
      await lonely.close();
      await other.stop();
    }
  }, 20_000);
});
