/** The chassis as a real process, as `npm start` and a cluster run it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const DIST = join(__dirname, '../../../dist/libs/service');

interface Echo {
  readonly process: ChildProcess;
  readonly url: string;
  /** Of the application beside. */
  readonly backUrl: string;
  readonly metricsUrl: string;
  readonly lines: Record<string, unknown>[];
  /** The first log line (or a later one) that holds the text, once it is there. */
  readonly logged: (text: string, which?: number) => Promise<Record<string, unknown>>;
}

const started: ChildProcess[] = [];

function spawnEcho(env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [join(DIST, 'main.js')], {
    env: { ...process.env, PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

/** What it logs. */
function linesOf(child: ChildProcess): Pick<Echo, 'lines' | 'logged'> {
  const lines: Record<string, unknown>[] = [];
  if (!child.stdout) throw new Error('no output');
  const output = createInterface(child.stdout);
  output.on('line', (text) => lines.push(JSON.parse(text) as Record<string, unknown>));
  const logged = async (text: string, which = 0) => {
    for (;;) {
      const line = lines.filter((candidate) => JSON.stringify(candidate).includes(text))[which];
      if (line) return line;
      await once(output, 'line');
    }
  };
  return { lines, logged };
}

/** Resolves when the service says where it listens. */
async function startEcho(): Promise<Echo> {
  const child = spawnEcho({ ECHO_SECRET: 'hunter2', COUNTERSIGN_VERSION: '1.2.3' });
  const { lines, logged } = linesOf(child);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('echo ended')));
  const listening = (which: number) => Promise.race([ended, logged('"listening"', which)]);
  const metricsUrl = String((await logged('"serving metrics"'))['url']);
  const url = String((await listening(0))['url']);
  const backUrl = String((await listening(1))['url']);
  ended.catch(() => undefined);
  return { process: child, url, backUrl, metricsUrl, lines, logged };
}

interface Asked {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: string;
}

/** @param agent false: a connection of its own */
async function asked(url: string, agent: Agent | false, method = 'GET'): Promise<Asked> {
  const sent = request(url, { agent, method }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: answer.statusCode,
    connection: answer.headers.connection,
    body: await text(answer),
  };
}

const post = (echo: Echo, path: string, body: string, type = 'application/json') =>
  fetch(`${echo.url}${path}`, { method: 'POST', body, headers: { 'content-type': type } });

async function freeMetricsPort(): Promise<{ METRICS_PORT: string; url: string }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return { METRICS_PORT: String(port), url: `http://127.0.0.1:${port}/metrics` };
}

async function metricsOf(echo: Echo): Promise<string> {
  const answer = await fetch(echo.metricsUrl);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  return answer.text();
}

async function problemOf(answer: Response): Promise<Record<string, unknown>> {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const body = (await answer.json()) as Record<string, unknown>;
  expect(body).toMatchObject({ type: 'about:blank', status: answer.status, title: expect.any(String) });
  expect(JSON.stringify(body)).not.toMatch(/\.[mc]?[jt]s:\d/); // no stack trace
  return body;
}

beforeAll(async () => {
  const options = [
    '--platform',
    'node',
    '--format',
    'esm',
    '--tsconfig',
    '../../tsconfig.base.json',
    '--log-level',
    'silent',
  ];
  const args = [join(__dirname, 'testing/main.ts'), '--dir', DIST, '--keep-names', ...options];
  await promisify(execFile)('rolldown', args, { cwd: join(__dirname, '..') });
});

afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await rm(DIST, { recursive: true, force: true });
});

describe('a service that runs', () => {
  let echo: Echo;
  beforeAll(async () => {
    echo = await startEcho();
  });

  it('answers a valid request, and is live and ready', async () => {
    const answer = await post(echo, '/echo', '{"text":"hi"}');
    expect([answer.status, await answer.json()]).toEqual([201, { text: 'hi' }]);
    expect((await fetch(`${echo.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${echo.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', parts: { service: 'running', dependency: 'ready' } },
    ]);
  });

  it('is not ready while a part says why', async () => {
    await post(echo, '/break', '{"text":"no connection"}');
    const ready = await fetch(`${echo.url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', parts: { service: 'running', dependency: 'no connection' } },
    ]);
    expect((await fetch(`${echo.url}/health/live`)).status).toBe(200);
  });

  it('names the invalid field in a problem', async () => {
    const answer = await post(echo, '/echo?code=secret-key', '{"text":1}');
    expect(answer.status).toBe(400);
    expect(await problemOf(answer)).toMatchObject({
      instance: '/echo',
      errors: [{ field: 'text', message: 'must be a string' }],
    });
  });

  it.each([
    ['broken JSON', 400, '{"text":', 'application/json'],
    ['no body', 400, '', 'application/json'],
    ['a poisoned prototype', 400, '{"__proto__":{"x":1},"text":"a"}', 'application/json'],
    ['an array', 400, '[]', 'application/json'],
    ['a plain text', 415, 'hi', 'text/plain'],
    ['an unknown type', 415, '<x/>', 'application/xml'],
    ['a body over 256 KiB', 413, `{"text":"${'x'.repeat(256 * 1024)}"}`, 'application/json'],
  ])('answers %s with a problem %i', async (_what, status, body, type) => {
    const answer = await post(echo, '/echo', body, type);
    expect(answer.status).toBe(status);
    await problemOf(answer);
  });

  it('answers an unknown address with a problem that repeats no key', async () => {
    const answer = await fetch(`${echo.url}/nowhere?code=secret-key`);
    expect(answer.status).toBe(404);
    expect(JSON.stringify(await problemOf(answer))).not.toContain('secret-key');
  });

  it('answers a malformed address with a problem', async () => {
    const answer = await fetch(`${echo.url}/%zz`);
    expect(answer.status).toBe(400);
    await problemOf(answer);
  });

  it('takes the longest approval token as a part of the path', async () => {
    expect((await fetch(`${echo.url}/approvals/${'x'.repeat(1500)}`)).status).toBe(200);
  });

  it('answers 503 with Retry-After when JetStream cannot store, and logs the cause', async () => {
    const answer = await post(echo, '/fail/StorageUnavailable', '{}');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    await problemOf(answer);
    expect(await echo.logged('POST /fail/:code failed')).toMatchObject({ level: 'error', status: 503 });
  });

  it('tells the log, not the client, what it did wrong itself', async () => {
    const answer = await post(echo, '/fail/Bug', '{}');
    expect(answer.status).toBe(500);
    expect(JSON.stringify(await problemOf(answer))).not.toContain('went wrong inside');
    expect(JSON.stringify(await echo.logged('"code":"Bug"'))).toContain('and why');
  });

  it('serves an application beside on a port of its own, and on no other', async () => {
    for (const path of ['/Back/Door', '/back/door/'])
      expect((await fetch(echo.backUrl + path)).status).toBe(200);
    for (const path of ['/Back/Door', '/back/door/', '/HEALTH/live'])
      expect((await fetch(echo.url + path)).status).toBe(404);
    expect((await fetch(`${echo.backUrl}/approvals/x`)).status).toBe(404);
    expect((await fetch(`${echo.backUrl}/health/ready`)).status).toBe(200);
  });

  it('tells Prometheus what it is, how its process fares, and which parts are ready', async () => {
    const text = await metricsOf(echo);
    expect(text).toContain('countersign_build_info{service="echo",version="1.2.3"} 1');
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
    expect(text).toContain('countersign_ready{part="service"} 1');
    await post(echo, '/break', '{"text":"no connection"}');
    expect(await metricsOf(echo)).toContain('countersign_ready{part="dependency"} 0');
  });

  it('measures requests by the pattern of their route, and repeats no path', async () => {
    await fetch(`${echo.url}/approvals/secret-token`);
    await fetch(`${echo.url}/nowhere/secret-path?code=secret-key`);
    await fetch(`${echo.url}/%zz/secret-path`);
    const text = await metricsOf(echo);
    const count = (labels: string) => `http_server_request_duration_seconds_count{${labels}}`;
    expect(text).toContain(`${count('method="GET",route="/approvals/:token",status="200"')} `);
    expect(text).toContain(`${count('method="GET",route="unmatched",status="404"')} `);
    expect(text).not.toContain('secret');
  });

  it('serves metrics on a port of their own, and nothing else there', async () => {
    for (const url of [echo.url, echo.backUrl]) expect((await fetch(`${url}/metrics`)).status).toBe(404);
    const { origin } = new URL(echo.metricsUrl);
    for (const path of ['/', '/health/live', '/approvals/x', '/metrics/x'])
      expect([path, (await fetch(origin + path)).status]).toEqual([path, 404]);
    expect((await fetch(echo.metricsUrl, { method: 'POST' })).status).toBe(404);
  });

  it('ends by SIGTERM in order, even while a client holds a connection', async () => {
    const idle = connect(Number(new URL(echo.url).port), '127.0.0.1');
    await once(idle, 'connect');
    const ended = once(echo.process, 'exit');
    echo.process.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(echo.lines.at(-1)).toMatchObject({ msg: 'dependency closed' });
    idle.destroy();
  });
});

describe('a service that does not get ready', () => {
  it('is seen by Prometheus while it waits', async () => {
    const { METRICS_PORT, url } = await freeMetricsPort();
    const child = spawnEcho({ ECHO_SECRET: 'x', ECHO_HELD: 'start', METRICS_PORT });
    await linesOf(child).logged('"listening"');
    expect(await (await fetch(url)).text()).toContain('countersign_ready{part="service"} 0');
    child.kill('SIGKILL');
  });
});

describe('a service that is told to go', () => {
  it('answers whoever still asks, tells each that its connection ends, and is not ready any more', async () => {
    const echo = await startEcho();
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string, agent: Agent | false = kept) => asked(`${echo.url}${path}`, agent);
    const before = await ask('/health/ready');
    expect([before.status, before.connection]).toEqual([200, 'keep-alive']);
    const held = fetch(`${echo.url}/hold`, { method: 'POST' });
    await ask('/held');

    const ended = once(echo.process, 'exit');
    echo.process.kill('SIGTERM');
    await echo.logged('stopping');
    const last = await ask('/health/ready');
    expect([last.status, last.connection]).toEqual([503, 'close']);
    expect(last.body).toContain('"service":"stopping"');
    // New connections, too: not everybody has heard.
    await asked(`${echo.url}/release`, false, 'POST');
    const answer = await held;
    expect([answer.status, answer.headers.get('connection'), await answer.text()]).toEqual([
      201,
      'close',
      'held',
    ]);
    expect(await ended).toEqual([0, null]);
  });

  it('obeys at once while it connects: it has nothing in hand', async () => {
    const child = spawnEcho({ ECHO_SECRET: 'x', ECHO_HELD: 'creation' });
    await linesOf(child).logged('connecting');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  it('goes in order, and without failing, while it waits for what others have not made yet', async () => {
    const child = spawnEcho({ ECHO_SECRET: 'x', ECHO_HELD: 'others' });
    const { lines, logged } = linesOf(child);
    await logged('waiting for others');
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(lines.at(-1)).toMatchObject({ msg: 'dependency closed' });
    expect(lines.map(({ level }) => level)).not.toContain('error');
  });

  it('is not ready before all of it listens, and goes in order even then', async () => {
    const child = spawnEcho({ ECHO_SECRET: 'x', ECHO_HELD: 'start' });
    const { lines, logged } = linesOf(child);
    const url = String((await logged('"listening"'))['url']);
    const early = await asked(`${url}/health/ready`, false);
    expect([early.status, early.body]).toEqual([503, expect.stringContaining('"service":"starting"')]);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await logged('stopping');
    await asked(`${url}/release`, false, 'POST');
    expect(await ended).toEqual([0, null]);
    expect(lines.at(-1)).toMatchObject({ msg: 'dependency closed' });
  });
});

describe('a service that cannot start', () => {
  const failure = async (env: Record<string, string>) => {
    const child = spawnEcho(env);
    let err = '';
    child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, err };
  };

  it('says once which setting is missing, and exits with 1', async () => {
    expect(await failure({ ECHO_SECRET: '' })).toEqual({
      code: 1,
      err: 'echo cannot start. Set these environment variables and start again:\n  ECHO_SECRET is missing: what this service would sign with\n',
    });
  });

  it('says once that a part failed, and exits with 1', async () => {
    expect(await failure({ ECHO_SECRET: 'x', ECHO_BROKEN: 'true' })).toEqual({
      code: 1,
      err: 'echo cannot start. The dependency is away: start it first.\n',
    });
  });

  it('says once that its port is taken, and exits with 1', async () => {
    const other = await startEcho();
    for (const name of ['PORT', 'ECHO_BACK_PORT', 'METRICS_PORT']) {
      const { code, err } = await failure({ ECHO_SECRET: 'x', [name]: new URL(other.url).port });
      expect(code).toBe(1);
      expect(err).toMatch(
        /^echo cannot start\. listen EADDRINUSE.* Stop what uses that address, or set another port\.\n$/,
      );
    }
  });
});
