/**
 * The first `npm start` after a clone: it runs on the Node of the machine, which may be older than the one that comes with
 * the dependencies. (Later ones find that one first: npm puts the tools of the dependencies in front.)
 *
 * Fails with an older Node on the machine when something in tools/ is too new for it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from '@countersign/testing';
import { requester } from './support/request';

const ROOT = join(__dirname, '../..');
/** Below the ports that other stacks choose from; each part takes one of the next ones. */
const LOWEST = 12_000;
const EACH = 100;
const PLACES = 70;
const PORT = LOWEST + (process.pid % PLACES) * EACH;
const origin = `http://localhost:${PORT}`;
const request = requester(origin);
const PATIENCE_MS = 90_000;

let dataDir: string;
let starter: ChildProcess;
let output = '';
const says = (text: string) =>
  eventually(
    async () => output,
    (said) => said.includes(text) || starter.exitCode !== null,
    PATIENCE_MS,
  );

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'countersign-start-'));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => !dir.includes('node_modules'));
  starter = spawn('node', ['tools/start.mjs', '--port', String(PORT), '--data', dataDir], {
    cwd: ROOT,
    env: { ...process.env, PATH: path.join(delimiter) },
  });
  for (const stream of [starter.stdout, starter.stderr])
    stream?.on('data', (text) => (output += String(text)));
});
afterAll(async () => {
  if (starter.exitCode === null) interrupt();
  await rm(dataDir, { recursive: true, force: true });
});

const interrupt = () => starter.kill('SIGINT');

it('starts everything, takes what it says to try, and leaves nothing behind after Ctrl-C', async () => {
  expect(await says('Ctrl-C stops everything')).toContain('Ready:');
  const [, body = '', url = ''] = /--data '(.+?)' .*(http\S+)/.exec(output) ?? [];
  const started = await request('POST', url, body);
  expect([url.startsWith(origin), started.status]).toEqual([true, 202]);
  const ended = once(starter, 'close');
  interrupt();
  await ended;
  expect(output).toMatch(/✓ stopping/);
  expect(existsSync(join(dataDir, 'processes'))).toBe(false);
  await expect(request('GET', '/')).rejects.toThrow('fetch failed');
});
