import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeIngestion, payloadOf } from '../testing/fake-ingestion';
import { freePort } from '@countersign/testing';
import { createTransport } from 'nodemailer';
import { assertionOf, makeKey, PROJECT, writeServiceAccount } from '../testing/service-account';
import { APPROVAL, type RunningSandbox, SMTP, startSandbox } from '../testing/start-sandbox';

let ingestion: FakeIngestion;
let folder: string;
let file: string;
let sandbox: RunningSandbox;
let smtpPort: number;
const key = makeKey();
beforeAll(async () => {
  ingestion = await FakeIngestion.start();
});
afterAll(() => ingestion.stop());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  file = join(folder, 'new', 'state.jsonl');
  smtpPort = await freePort();
  writeServiceAccount(join(folder, 'account.json'), key);
  sandbox = await start({ SMTP_PORT: String(smtpPort) });
});
afterEach(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});

const start = (more: Record<string, string> = {}) =>
  startSandbox({
    INGESTION_URL: ingestion.url,
    STATE_FILE: file,
    FCM_SERVICE_ACCOUNT_FILE: join(folder, 'account.json'),
    ...more,
  });
const state = async (from: RunningSandbox) => ({
  messages: (await from.call('GET', 'api/slack/messages')).body,
  ephemeral: (await from.call('GET', 'api/slack/ephemeral')).body,
  tasks: (await from.call('GET', 'api/flexdeploy/tasks')).body,
  views: (await from.call('GET', 'api/slack/views')).body,
  pushes: (await from.call('GET', 'api/fcm/pushes')).body,
  mails: (await from.call('GET', 'api/mail/messages')).body,
});
const NOTHING = { messages: [], ephemeral: [], tasks: [], views: [], pushes: [], mails: [] };

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

/** Fills what the other columns show. */
async function fillMore(): Promise<void> {
  const slack = sandbox.slack();
  const { ts = '' } = await slack.chat.postMessage({ channel: 'C0FILES', text: 'x', blocks: APPROVAL });
  await slack.chat.postMessage({ channel: 'C0FILES', text: 'Reminder', thread_ts: ts });
  await sandbox.call('POST', `api/slack/messages/${ts}/click`, { action_id: 'reject' });
  await slack.views.open({
    trigger_id: String(payloadOf(ingestion.received.at(-1))['trigger_id']),
    view: { type: 'modal', title: { type: 'plain_text', text: 'Why?' }, blocks: [] },
  });
  await sandbox.call('POST', 'api/flexdeploy/tasks', { description: 'Deploy', notify: 'webhook' });
  await push('annas-phone');
  await sandbox.call('POST', 'api/fcm/devices/annas-phone/unregister');
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true, auth: SMTP });
  await transport.sendMail({
    from: 'a@example.com',
    to: 'b@example.com',
    subject: 'Approval',
    text: 'Hello',
  });
}

async function push(token: string, to = sandbox): Promise<number> {
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const body = { grant_type, assertion: assertionOf(key) };
  const { body: granted } = await to.call('POST', 'oauth/token', body);
  const authorization = `Bearer ${(granted as { access_token: string }).access_token}`;
  const message = { token, data: { stage: 'received' } };
  const path = `fcm/v1/projects/${PROJECT}/messages:send`;
  return (await to.call('POST', path, { message }, { authorization })).status;
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

it('keeps dialogs, threads, pushes, devices that are gone and mail, too', async () => {
  await fillMore();
  const before = await state(sandbox);
  expect(before).toMatchObject({
    messages: [{ text: 'x' }, { text: 'Reminder', thread_ts: expect.any(String) }],
    tasks: [{ sent: [{ event: 'Task Created', answer: { status: 200 } }] }],
    views: [{ title: { text: 'Why?' } }],
    pushes: [{ token: 'annas-phone' }],
    mails: [{ subject: 'Approval' }],
  });
  const successor = await start();
  const pushed = await push('annas-phone', successor);
  const after = await state(successor);
  await successor.stop();
  expect([after, pushed]).toEqual([before, 404]);
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
  await fillMore();
  expect((await sandbox.call('POST', 'api/reset')).status).toBe(204);
  expect(await state(sandbox)).toEqual(NOTHING);
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(await stateAfterKill()).toEqual(NOTHING);
});
