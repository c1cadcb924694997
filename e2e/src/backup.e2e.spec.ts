/** The store is lost; what was backed up while everything ran goes on from there. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type NatsServer, startNatsServer } from '@countersign/testing';
import { ANNA, Office } from './support/office';
import { operatorOf } from './support/operator';
import { startTestStack, type TestStack } from './support/test-stack';

const SHARDS = 2;
/** Of the approval that nobody decides: it is over only when everything runs again. */
const TTL_SECONDS = 30;

let dir: string;
let nats: NatsServer;
let stack: TestStack;
let office: Office;
let operator: ReturnType<typeof operatorOf>;
const started = async (): Promise<void> => {
  stack = await startTestStack({ dataDir: join(dir, 'data'), shards: SHARDS, env: { NATS_URL: nats.url } });
  office = new Office(stack.url);
};
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-backup-'));
  nats = await startNatsServer();
  operator = operatorOf({ NATS_URL: nats.url, SHARDS: String(SHARDS) });
  await started();
});
afterAll(async () => {
  await stack?.stop();
  await nats?.stop();
  await rm(dir, { recursive: true, force: true });
});

const decided = (token: string, action: string) =>
  office.request('POST', '/api/orchestrators/ActionOnToken', { token, action });

it('approvals that wait are decided, and expire, after everything was thrown away', async () => {
  const [folder, damaged] = [join(dir, 'backup'), join(dir, 'damaged')];
  const expiring = await office.raised('backup-expires', { ttlSeconds: TTL_SECONDS });
  const waiting = [];
  for (let i = 0; i < 4; i++) waiting.push(await office.raised(`backup-${i}`));
  const over = await office.raised('backup-over');
  await office.click(over.message, { action: 'approve', user: ANNA });
  await office.ended(over.id);

  const saved = await operator('backup', folder);
  expect(saved).toMatchObject({ code: 0, err: '' });
  expect(saved.out).toMatch(/^WF_0 .*\nWF_1 .*\nDEAD_LETTERS .*\nKV_countersign /);
  expect((await stat(folder)).mode & 0o077).toBe(0);
  const forgotten = await office.raised('backup-forgotten');
  expect(await operator('backup', folder)).toMatchObject({
    code: 1,
    err: expect.stringContaining('is not empty'),
  });
  expect(await operator('restore', folder)).toMatchObject({
    code: 1,
    err: expect.stringContaining('a stream WF_0'),
  });

  await stack.stop();
  const { port } = nats;
  await nats.stop();
  nats = await startNatsServer({ port });
  const manifest = await readFile(join(folder, 'backup.json'), 'utf8');
  await mkdir(damaged);
  expect(await operator('restore', damaged)).toMatchObject({
    code: 1,
    err: expect.stringContaining('no whole backup'),
  });
  await writeFile(join(damaged, 'backup.json'), manifest);
  await writeFile(join(damaged, 'WF_0.snapshot'), 'something else');
  expect(await operator('restore', damaged)).toMatchObject({
    code: 1,
    err: expect.stringContaining('WF_0.snapshot is not what was written'),
  });
  expect(await operator('restore', folder)).toMatchObject({ code: 0, err: '' });
  await started();

  for (const { id, token } of waiting) {
    expect(await office.status(id)).toMatchObject({ status: 'Running', customStatus: { stage: 'waiting' } });
    expect((await decided(token, 'approve')).status).toBeLessThan(300);
    expect(await office.ended(id, 60_000)).toMatchObject({
      status: 'Completed',
      result: { kind: 'approved' },
    });
  }
  expect(await office.ended(expiring.id, 90_000)).toMatchObject({ result: { kind: 'expired' } });
  expect(await office.status(over.id)).toMatchObject({
    status: 'Completed',
    result: { kind: 'approved', by: ANNA },
  });
  expect((await office.request('GET', `/api/status/${forgotten.id}`)).status).toBe(404);
  // What is new is kept beside what was restored.
  const { id, message } = await office.raised('backup-after');
  await office.click(message, { action: 'reject', user: ANNA });
  expect(await office.ended(id)).toMatchObject({ result: { kind: 'rejected' } });
  await eventually(
    async () => (await operator('parked', 'list', '--json')).out,
    (out) => out === '',
  );
}, 240_000);
