import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What a test process does, run by Node itself. */
const SCRIPT = `
const { ServerProcess, temporaryDir } = await import(${JSON.stringify(join(__dirname, 'server-process.ts'))});
const dir = await temporaryDir('guard');
const server = await ServerProcess.start({
  name: 'sleeper', file: 'sleep', args: ['300'], temporaryDir: dir, answers: async () => true });
console.log(JSON.stringify({ pid: server.pid, dir }));
setInterval(() => {}, 1000);
`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('kills the server and removes its data when the test process is killed', async () => {
  const test = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(test.stdout, 'data')) as [Buffer];
  const { pid, dir } = JSON.parse(line.toString()) as { pid: number; dir: string };
  expect(isAlive(pid) && existsSync(dir)).toBe(true);
  test.kill('SIGKILL');
  while (isAlive(pid) || existsSync(dir)) await pause(10);
});
