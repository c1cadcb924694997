import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@countersign/service';
import { StatusApiConfig } from '../config';
import { Deployment } from '../testing/running-status';

const KEY = 'a-key-of-some-workflow';

describe('where a status is shown only to callers with a key', () => {
  let directory: string;
  let deployment: Deployment;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'keys-'));
    const hash = createHash('sha256').update(KEY).digest('hex');
    const keys = [{ name: 'team', scope: 'function', workflows: ['Any'], hash }];
    await writeFile(join(directory, 'keys.json'), JSON.stringify({ keys }));
    const settings = { STATUS_REQUIRES_KEY: 'true', KEYS_FILE: join(directory, 'keys.json') };
    deployment = await Deployment.start(settings);
    await deployment.begin('locked');
    await deployment.step('locked', { status: 'Completed' });
  });
  afterAll(async () => {
    await deployment.stop();
    await rm(directory, { recursive: true });
  });

  it.each(['status/locked', 'status/locked/events', 'operations/locked', 'status/never-was'])(
    'any key opens it, and nothing else does: %s',
    async (path) => {
      const ask = (headers: Record<string, string> = {}, query = '') =>
        fetch(`${deployment.url}/api/${path}${query}`, { headers });
      const found = path.includes('never') ? 404 : 200;
      expect((await ask()).status).toBe(401);
      expect((await ask({ 'x-functions-key': 'another' })).status).toBe(401);
      expect((await ask({ 'x-functions-key': KEY })).status).toBe(found);
      expect((await ask({ authorization: `Bearer ${KEY}` })).status).toBe(found);
      expect((await ask({}, `?code=${KEY}`)).status).toBe(found);
    },
  );
});

describe('the settings', () => {
  const settings = (env: Record<string, string>) =>
    loadConfig(StatusApiConfig, { PUBLIC_URL: 'https://flows.example', ...env });

  it('show a status without a key, and tell clients to wait for 1 to 30 seconds, where nothing is said', () => {
    expect(settings({})).toMatchObject({
      statusRequiresKey: false,
      retryAfterMinSeconds: 1,
      retryAfterMaxSeconds: 30,
    });
  });

  it('that contradict each other stop the boot, by name', () => {
    expect(() => settings({ STATUS_REQUIRES_KEY: 'true' })).toThrow('STATUS_REQUIRES_KEY needs KEYS_FILE');
    expect(() => settings({ RETRY_AFTER_MIN_SECONDS: '60' })).toThrow(
      'RETRY_AFTER_MAX_SECONDS must not be less than RETRY_AFTER_MIN_SECONDS',
    );
  });
});
