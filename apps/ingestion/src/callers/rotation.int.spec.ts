/** Keys as their owner handles them (`npm run keys`), while clients go on asking. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { eventually } from '@countersign/testing';
import { RunningIngestion } from '../testing/running-ingestion';

const COMMAND = join(__dirname, '../../../../tools/keys.mjs');
const task = { taskid: '8900', description: 'DiPocket v. is about to be deployed to PROD' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  // Who asks with a new key until it is known looks like somebody who guesses.
  ingestion = await RunningIngestion.start({ ALLOW_ANONYMOUS_STARTS: 'false', RATE_LIMIT_FAILURES: '0' });
});
afterAll(() => ingestion.stop());

/** What the command shows, without the end of the line: the new key. */
async function keys(...args: string[]): Promise<string> {
  const file = ['--file', ingestion.keysFile];
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args, ...file]);
  return stdout.trim();
}

const start = (key: string, workflow = 'NotifyOnTask', headers: Record<string, string> = {}) =>
  ingestion.post(`/api/orchestrators/${workflow}`, task, { 'x-functions-key': key, ...headers });

/** Asks until the answer has that status; services look at the file every two seconds. */
const until = (status: number, key: string) =>
  eventually(
    () => start(key),
    (answer) => answer.status === status,
  );

it('a key works soon after it is made, for the workflows that it names, and not after it is revoked', async () => {
  const key = await keys('create', '--name', 'team', '--scope', 'function', '--workflows', 'NotifyOnTask');
  await until(202, key);
  expect((await start(key, 'QueryAudit')).status).toBe(403);
  await keys('revoke', '--name', 'team');
  await until(401, key);
});

it('a rotation refuses nobody, keeps who the caller is, and ends the old key, without a restart', async () => {
  const old = await keys('create', '--name', 'pipeline', '--scope', 'host');
  await until(202, old);
  const idOf = async (key: string) => {
    const answer = await start(key, 'NotifyOnTask', { 'idempotency-key': 'release-7' });
    return ((await answer.json()) as { id: string }).id;
  };
  const instance = await idOf(old);

  const refused: number[] = [];
  let current = old;
  let isOver = false;
  const client = async () => {
    while (!isOver) {
      const { status } = await start(current);
      if (status !== 202) refused.push(status);
      await pause(2);
    }
  };
  const clients = [client(), client()];
  const fresh = await keys('rotate', '--name', 'pipeline');
  await until(202, fresh);
  expect((await start(old)).status).toBe(202);
  // A client that was answered under its old key asks again with its new one (hazard 25).
  expect(await idOf(fresh)).toBe(instance);
  current = fresh;
  await keys('revoke', '--name', 'pipeline', '--old');
  await until(401, old);
  expect((await start(fresh)).status).toBe(202);
  isOver = true;
  await Promise.all(clients);
  expect(refused).toEqual([]);
});
