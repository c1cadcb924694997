import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManagedProcess } from './managed-process.mjs';

let dir: string;
const said: string[] = [];
const started: ManagedProcess[] = [];
const log = () => join(dir, 'logs/part.log');

/** A shell script; it is ready when it has written "ready". */
function part(script: string): ManagedProcess {
  const process = new ManagedProcess({
    name: 'part',
    file: 'sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    log: log(),
    isReady: async () => readFileSync(log(), 'utf8').includes('ready'),
    keepAlive: false,
    stopMs: 300,
    onChange: () => undefined,
    say: (line) => void said.push(line),
  });
  started.push(process);
  return process;
}

beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'countersign-process-'))));
afterEach(async () => {
  for (const each of started.splice(0)) await each.stop();
  said.length = 0;
  await rm(dir, { recursive: true, force: true });
});

it('ends a process in order', async () => {
  const process = part('trap "echo bye; exit" TERM; echo ready; while :; do sleep 0.02; done');
  await process.start();
  await process.stop();
  expect(process.pid).toBeUndefined();
  expect(readFileSync(log(), 'utf8')).toBe('ready\nbye\n');
  expect(said).toEqual([]);
});

it('kills a process that does not stop in time, and says so', async () => {
  const process = part('trap "" TERM; echo ready; while :; do sleep 0.02; done');
  await process.start();
  await process.stop();
  expect(process.pid).toBeUndefined();
  expect(said).toEqual(['part does not stop and is killed']);
});

it('shows the end of the log of a process that ends before it is ready', async () => {
  const process = part('echo "the setting X is missing"; exit 1');
  await expect(process.start()).rejects.toThrow(/part ended before it was ready.\nthe setting X is missing/);
});
