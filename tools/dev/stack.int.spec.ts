import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@countersign/testing';
import { answersTcp } from './answers.mjs';
import { type Stack, type StackOptions, startStack } from './stack.mjs';

/** Real processes, on a machine that may be busy with other things. */

let dataDir: string;
const stacks: Stack[] = [];
/** Without services: what is tested is how processes are handled, and the servers are processes, too. */
async function start(options: Partial<StackOptions> = {}): Promise<Stack> {
  const stack = await startStack({ dataDir, services: [], ...options });
  stacks.push(stack);
  return stack;
}
const portOf = (stack: Stack, name: 'nats-server' | 'table') => Number(new URL(stack.urls[name]).port);

const isAlive = (pid: number | undefined) => {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
};

beforeEach(async () => void (dataDir = await mkdtemp(join(tmpdir(), 'countersign-stack-'))));
afterEach(async () => {
  for (const stack of stacks.splice(0)) await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

it('leaves no process and no list of processes behind', async () => {
  const stack = await start();
  const pids = Object.values(stack.pids);
  expect(pids).toHaveLength(2);
  await stack.stop();
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(dataDir, 'processes'))).toBe(false);
});

it('kills and restarts one part on the same port', async () => {
  const stack = await start();
  const first = stack.pids['nats-server'];
  await stack.kill('nats-server');
  expect(stack.pids['nats-server']).toBeUndefined();
  await stack.restart('nats-server');
  expect(stack.pids['nats-server']).not.toBe(first);
  expect(await answersTcp(portOf(stack, 'nats-server'))).toBe(true);
});

it('starts a part again that ended by itself, when it is to be kept alive', async () => {
  const said: string[] = [];
  const stack = await start({
    keepAlive: true,
    reporter: { say: (line) => void said.push(line), step: (_, work) => work() },
  });
  await stack.kill('nats-server');
  await until(() => answersTcp(portOf(stack, 'nats-server')));
  expect(said).toEqual(['nats-server ended (SIGKILL) and starts again in 0.25 s']);
});

it('ends with the process that runs it, even when that is killed', async () => {
  const program = `
    import { startStack } from ${JSON.stringify(join(__dirname, 'stack.mjs'))};
    const stack = await startStack({ dataDir: ${JSON.stringify(dataDir)}, services: [] });
    console.log(JSON.stringify(stack.pids));
  `;
  const runner = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(runner.stdout, 'data')) as [Buffer];
  const pids = Object.values(JSON.parse(line.toString()) as Record<string, number>);
  expect(pids.filter(isAlive)).toHaveLength(2);
  runner.kill('SIGKILL');
  await until(() => !pids.some(isAlive) && !existsSync(join(dataDir, 'processes')));
});

it('refuses data that another stack works on, and leaves that one alone', async () => {
  const stack = await start();
  await expect(start()).rejects.toThrow(`Another stack works on this data folder (process ${process.pid})`);
  expect(await answersTcp(portOf(stack, 'nats-server'))).toBe(true);
  expect(existsSync(join(dataDir, 'processes'))).toBe(true);
});

it('refuses a port that is taken, by number', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await expect(start({ basePort: port })).rejects.toThrow(`Port ${port} (gateway) is taken`);
  server.close();
});

it('keeps the shards that the data was created with', async () => {
  await (await start({ shards: 3 })).stop();
  await expect(start({ shards: 4 })).rejects.toThrow('was created with --shards 3');
});

it('stops while it starts', async () => {
  const interrupted = new AbortController();
  const started = start({ signal: interrupted.signal });
  await until(() => existsSync(join(dataDir, 'processes')));
  interrupted.abort();
  await expect(started).rejects.toThrow(/stopped before it was ready/);
  expect(existsSync(join(dataDir, 'processes'))).toBe(false);
});
