import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeIngestion, startFakeIngestion } from '../testing/fake-ingestion';
import { APPROVAL, type RunningSandbox, startSandbox } from '../testing/start-sandbox';

let ingestion: FakeIngestion;
let folder: string;
let file: string;
let sandbox: RunningSandbox;
beforeAll(async () => {
  ingestion = await startFakeIngestion();
});
afterAll(() => ingestion.close());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  file = join(folder, 'new', 'state.jsonl');
  sandbox = await start();
});
afterEach(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});

const start = () => startSandbox({ INGESTION_URL: ingestion.url, STATE_FILE: file });
const state = async (from: RunningSandbox) => ({
  messages: (await from.call('GET', 'api/slack/messages')).body,
  ephemeral: (await from.call('GET', 'api/slack/ephemeral')).body,
  tasks: (await from.call('GET', 'api/flexdeploy/tasks')).body,
});

async function fill(): Promise<void> {
  const slack = sandbox.slack();
  const { channel = '', ts = '' } = await slack.chat.postMessage({
    channel: 'general',
    text: 'Deploy?',
    blocks: APPROVAL,
  });
  await sandbox.call('POST', `api/slack/messages/${ts}/click`, { action_id: 'approve' });
  await slack.chat.update({ channel, ts, text: 'Approved', blocks: [{ type: 'divider' }] });
  await slack.chat.postEphemeral({ channel, user: 'U0BEN', text: 'Too late' });
  await sandbox.call('POST', 'api/flexdeploy/tasks', { description: 'Deploy', notify: true });
  await sandbox.call('POST', 'api/flexdeploy/tasks/8901/decide', { action: 'approve', by: 'Ben' });
}

/** Boots a second one from what the first one has written so far, without stopping the first: as after kill -9. */
async function stateAfterKill() {
  const successor = await start();
  try {
    return await state(successor);
  } finally {
    await successor.stop();
  }
}

it('has written everything by the time that it answers', async () => {
  await fill();
  const before = await state(sandbox);
  expect(before).toMatchObject({
    messages: [{ text: 'Approved', presses: [{ answer: { status: 200 } }] }],
    ephemeral: [{ text: 'Too late' }],
    tasks: [{ status: 'APPROVED', raised: { status: 200 } }],
  });
  expect(await stateAfterKill()).toEqual(before);
});

it('goes on with new time stamps and task numbers after a restart', async () => {
  await fill();
  await sandbox.stop();
  sandbox = await start();
  await sandbox.slack().chat.postMessage({ channel: 'general', text: 'next' });
  await sandbox.call('POST', 'api/flexdeploy/tasks', { description: 'next' });
  expect(await state(sandbox)).toMatchObject({
    messages: [{ text: 'Approved' }, { text: 'next' }],
    tasks: [{ taskId: '8901' }, { taskId: '8902' }],
  });
});

it('drops a line that was cut off by a kill, and writes on behind the whole ones', async () => {
  await fill();
  const before = await state(sandbox);
  await sandbox.stop();
  appendFileSync(file, '{"kind":"slack.posted","chan');
  sandbox = await start();
  expect(await state(sandbox)).toEqual(before);
  await sandbox.slack().chat.postMessage({ channel: 'general', text: 'next' });
  expect(await stateAfterKill()).toMatchObject({ messages: [{ text: 'Approved' }, { text: 'next' }] });
});

it('forgets everything on reset, the file too', async () => {
  await fill();
  expect((await sandbox.call('POST', 'api/reset')).status).toBe(204);
  expect(await state(sandbox)).toEqual({ messages: [], ephemeral: [], tasks: [] });
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(await stateAfterKill()).toEqual({ messages: [], ephemeral: [], tasks: [] });
});
