import { JetStreamLog } from '@countersign/jetstream';
import { startNatsServer } from '@countersign/testing';
import { Pace } from './pace';
import { Deployment, PUBLIC_URL } from '../testing/running-status';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start();
});
afterAll(() => deployment.stop());

const ask = (...request: Parameters<Deployment['ask']>) => deployment.ask(...request);
const step = (...args: Parameters<Deployment['step']>) => deployment.step(...args);
const start = (id: string) => deployment.begin(id);
const tagOf = (answer: Response) => answer.headers.get('etag') ?? '';
const addressOf = (id: string) => `/api/status/${encodeURIComponent(id)}`;

describe('polling a status', () => {
  it.each(['plain', 'Release 7 (ü) %41', 'é'.repeat(256), "it's:a+b&c=d"])(
    'never answers 404 for what was accepted, whatever its id: %s (hazard 18)',
    async (id) => {
      await start(id);
      const answer = await ask(id);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('location')).toBe(PUBLIC_URL + addressOf(id));
      expect(answer.headers.get('retry-after')).toBe('1');
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
    expect([answer.status, answer.headers.has('location'), answer.headers.has('retry-after')]).toEqual([
      200,
      false,
      false,
    ]);
    expect(await answer.json()).toEqual({ id: `ended-${status}`, status, customStatus: null, result: null });
  });

  it.each([
    ['Completed', 200],
    ['Failed', 500],
    ['Terminated', 500],
    ['Canceled', 500],
  ] as const)(
    'of %s is %d for clients that want failures as 500, with the same body',
    async (status, code) => {
      const id = `wanted-${status}`;
      const error = { code: 'Broken', message: 'It broke', retryable: false };
      await start(id);
      await step(id, { status, ...(status === 'Failed' && { error }) });
      const [plain, asked, other] = await Promise.all(
        ['', 'true', 'false'].map((value) => ask(id, {}, `?returnInternalServerErrorOnFailure=${value}`)),
      );
      expect([plain?.status, asked?.status, other?.status]).toEqual([200, code, 200]);
      expect(await asked?.json()).toEqual(await plain?.json());
    },
  );

  it('goes on with what the client asked for at the address that it gives, but repeats no key', async () => {
    await start('followed');
    const answer = await ask('followed', {}, '?returnInternalServerErrorOnFailure=true&wait=0&code=secret');
    expect(answer.headers.get('location')).toBe(
      `${PUBLIC_URL}/api/status/followed?wait=0&returnInternalServerErrorOnFailure=true`,
    );
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
    await step('tagged', { customStatus: 1 });
    const second = await ask('tagged', { 'if-none-match': tagOf(first) });
    expect(second.status).toBe(202);
    const unchanged = await ask('tagged', { 'if-none-match': `"else", W/${tagOf(second)}` });
    expect([unchanged.status, await unchanged.text()]).toEqual([304, '']);
    for (const name of ['etag', 'cache-control', 'retry-after'])
      expect(unchanged.headers.get(name)).toBe(second.headers.get(name));
    expect(unchanged.headers.has('date')).toBe(true);
    await step('tagged', { status: 'Completed' });
    expect((await ask('tagged', { 'if-none-match': tagOf(second) })).status).toBe(200);
  });

  it('is 500 and not 304 for a client that wants failures as 500: only a success is conditional', async () => {
    await start('failed-tagged');
    await step('failed-tagged', { status: 'Failed' });
    const query = '?returnInternalServerErrorOnFailure=true';
    const tag = tagOf(await ask('failed-tagged', {}, query));
    expect((await ask('failed-tagged', { 'if-none-match': tag }, query)).status).toBe(500);
    expect((await ask('failed-tagged', { 'if-none-match': tag })).status).toBe(304);
  });

  it('answers a HEAD as it answers a GET, without the body', async () => {
    await start('headed');
    const [head, get] = [await ask('headed', {}, '', 'HEAD'), await ask('headed')];
    expect([head.status, tagOf(head), await head.text()]).toEqual([202, tagOf(get), '']);
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

describe('on a replica that is behind', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Direct gets are answered as of now, whatever is stored later; the leader knows better. */
  function freezeDirectGets(): void {
    const last = JetStreamLog.prototype.last;
    const frozen = new Map<string, ReturnType<typeof last>>();
    jest.spyOn(JetStreamLog.prototype, 'lastFromAny').mockImplementation(function (
      this: JetStreamLog,
      subject,
    ) {
      const known = frozen.get(subject) ?? last.call(this, subject);
      frozen.set(subject, known);
      return known;
    });
  }

  it('what was accepted is never 404 (hazard 18)', async () => {
    jest.spyOn(JetStreamLog.prototype, 'lastFromAny').mockResolvedValue(undefined);
    await start('behind');
    expect((await ask('behind')).status).toBe(202);
    await step('behind', { status: 'Completed' });
    expect((await ask('behind')).status).toBe(200);
    expect((await ask('not-behind')).status).toBe(404);
  });

  it('a client that has seen more, at another process, is answered from the leader, steps and progress', async () => {
    await start('ahead');
    const seen = await step('ahead', { tasks: [1] });
    await deployment.progress('ahead', 1, { starts: 1, failures: 0, value: 'new' });
    const tag = tagOf(await ask('ahead'));
    const other = await Deployment.start({ NATS_URL: deployment.nats.url }, deployment.nats);
    jest.spyOn(JetStreamLog.prototype, 'lastFromAny').mockImplementation(async (subject) => ({
      seq: seen - 1,
      subject,
      at: 0,
      body: JSON.stringify(subject.endsWith('.step') ? { run: 1, status: 'Pending' } : { value: 'old' }),
    }));
    expect((await other.ask('ahead', { 'if-none-match': tag })).status).toBe(304);
    expect(await (await other.ask('ahead')).json()).toMatchObject({ status: 'Running' });
    await other.app.close();
  });

  it('an end that was answered once is not taken back', async () => {
    await start('taken-back');
    await step('taken-back', {});
    freezeDirectGets();
    expect((await ask('taken-back')).status).toBe(202);
    await step('taken-back', { status: 'Completed' });
    expect((await ask('taken-back')).status).toBe(202);
    expect((await ask('taken-back', { 'if-none-match': '"999999999-0-AAAAAAAA"' })).status).toBe(200);
    expect((await ask('taken-back')).status).toBe(200);
  });
});

describe('the time to wait', () => {
  const retryAfter = async (id: string) => (await ask(id)).headers.get('retry-after');
  const workflow = 'UsuallySlow';

  it('is learnt from the instances that this process saw end, each once', async () => {
    const learn = jest.spyOn(Pace.prototype, 'learn');
    await start('now');
    await step('now', { workflow, createdAt: Date.now() });
    expect(await retryAfter('now')).toBe('1');
    await start('earlier');
    await step('earlier', { workflow, status: 'Completed', createdAt: 0, updatedAt: 60_000 });
    for (let i = 0; i < 3; i++) await ask('earlier');
    expect(learn).toHaveBeenCalledTimes(1);
    expect(Number(await retryAfter('now'))).toBeGreaterThan(10);
    learn.mockRestore();
  });
});

describe('the progress', () => {
  it('of an open activity is in the status and in its tag, until the activity has ended', async () => {
    await start('reporting');
    await step('reporting', { tasks: [1], customStatus: 'counting' });
    const silent = await ask('reporting');
    expect(await silent.json()).not.toHaveProperty('progress');
    await deployment.progress('reporting', 1, {
      starts: 1,
      failures: 1,
      lastError: 'secret',
      value: { rows: 5 },
    });
    const reported = await ask('reporting', { 'if-none-match': tagOf(silent) });
    expect(await reported.json()).toEqual({
      id: 'reporting',
      status: 'Running',
      customStatus: 'counting',
      result: null,
      progress: { rows: 5 },
    });
    expect((await ask('reporting', { 'if-none-match': tagOf(reported) })).status).toBe(304);
    await step('reporting', { customStatus: 'counting' });
    expect(await (await ask('reporting')).json()).not.toHaveProperty('progress');
  });

  it('is the one that was reported last, whichever activity it is of; attempts without a report do not count', async () => {
    await start('several');
    await step('several', { tasks: [1, 2, 3] });
    await deployment.progress('several', 2, { starts: 1, failures: 0, value: 'second' });
    await deployment.progress('several', 1, { starts: 1, failures: 0, value: 'first' });
    await deployment.progress('several', 3, { starts: 1, failures: 1, lastError: 'x' });
    expect(await (await ask('several')).json()).toMatchObject({ progress: 'first' });
  });

  it('costs nothing where no activity is open, and little where many are', async () => {
    await start('idle');
    await start('busy');
    await step('idle', {});
    await step('busy', { tasks: Array.from({ length: 100 }, (_, n) => n + 1) });
    const reads = jest.spyOn(JetStreamLog.prototype, 'lastFromAny');
    await ask('idle');
    expect(reads).toHaveBeenCalledTimes(1);
    await ask('busy');
    expect(reads.mock.calls.length).toBeLessThanOrEqual(1 + 1 + 4);
    reads.mockRestore();
  });
});

describe('what the public sees of an instance with input, history, parent and details of its failure', () => {
  const SECRET = 'do-not-show';
  const error = { code: 'Broken', message: 'It broke', retryable: true, details: { secret: SECRET } };
  const secrets = {
    error,
    parent: { id: SECRET, run: 1, n: 1 },
    inputs: [{ seq: 1, at: 1, outcome: 'refused', why: SECRET }],
    commands: [{ n: 1, kind: 'task', name: SECRET, hash: SECRET, args: SECRET }],
    waits: [SECRET],
  } as const;

  it.each(['status', 'status/events', 'operations'])('is exactly what is listed: %s', async (resource) => {
    const id = `private-${resource.replace('/', '-')}`;
    const [collection = '', ...rest] = resource.split('/');
    await deployment.begin(id, { secret: SECRET });
    await step(id, { ...secrets, tasks: [1], customStatus: 'shown' });
    await deployment.progress(id, 1, { starts: 1, failures: 1, value: 'shown', lastError: SECRET });
    const url = `${deployment.url}/api/${[collection, id, ...rest].join('/')}`;
    const aborter = new AbortController();
    const running = await fetch(url, { signal: aborter.signal });
    const reader = running.body?.getReader();
    let text = '';
    while (!text.includes('}\n\n') && !/\}$/.test(text))
      text += Buffer.from((await reader?.read())?.value ?? []).toString();
    aborter.abort();
    expect(text).not.toContain(SECRET);
    const body = JSON.parse(/\{.*\}/.exec(text)?.[0] ?? '') as object;
    expect(Object.keys(body)).toEqual(
      resource === 'operations' ? ['id', 'status'] : ['id', 'status', 'customStatus', 'result', 'progress'],
    );

    await step(id, { ...secrets, status: 'Failed' });
    const ended = await fetch(url);
    const last = await ended.text();
    expect(last).not.toContain(SECRET);
    expect([...ended.headers.values()].join()).not.toContain(SECRET);
    expect(JSON.parse(/\{"id.*\}/.exec(last)?.[0] ?? '')).toEqual({
      id,
      status: 'Failed',
      ...(resource !== 'operations' && { customStatus: null, result: null }),
      error: { code: 'Broken', message: 'It broke' },
    });
  });
});

describe('an instance that was purged', () => {
  it('is not there any more', async () => {
    await start('purged');
    await step('purged', { status: 'Completed', purged: true });
    expect((await ask('purged')).status).toBe(404);
    expect((await ask('purged', {}, '/events')).status).toBe(404);
  });
});

describe('when JetStream is away', () => {
  it('the answer is 503 with Retry-After, never a 404', async () => {
    const other = await startNatsServer();
    const lonely = await Deployment.start({}, other);
    try {
      await other.kill();
      const answer = await lonely.ask('anything');
      expect([answer.status, answer.headers.has('retry-after')]).toEqual([503, true]);
    } finally {
      await lonely.stop();
    }
  });
});
