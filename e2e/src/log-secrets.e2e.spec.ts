/**
 * What no log may hold. Every end-to-end spec looks for it when its stack is disposed of; here is shown
 * that it would be found, and everything goes wrong that can, with the wordiest log.
 */
import { createHash } from 'node:crypto';
import { hashToken, makeToken } from '@countersign/service';
import { eventually } from '@countersign/testing';
import { leaksIn, secretsOfSettings, tokensIn } from './support/log-secrets';
import { ANNA, BEN, type Fault, Office, type SlackMessage } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

const SECRET = 'a-Secret/of+40 characters, more or less!';
const TOKEN = makeToken('an instance');
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a log', () => {
  it.each([
    ['as it is', `{"msg":"posted with ${SECRET}"}`],
    ['in an address', `GET /x?y=${encodeURIComponent(SECRET)}&z=1`],
    ['as a password of Basic authentication', `sent ${base64(`someone:${SECRET}`)}`],
    ['as SMTP sends it', `AUTH PLAIN ${base64(`\0countersign\0${SECRET}`)}`],
    ['behind one more byte', base64(`12345${SECRET}6`)],
  ])('gives a known secret away %s', (_, line) => {
    const secrets = secretsOfSettings({ SMTP_PASSWORD: SECRET, SMTP_USER: 'posted with' });
    expect(leaksIn(`nothing\n${line}\n`, secrets)).toEqual([{ line: 2, secret: 'SMTP_PASSWORD' }]);
  });

  it.each([
    ["a signature of Slack's", `"v0=${createHash('sha256').update('x').digest('hex')}"`],
    ['a signature in a link (SAS)', 'https://a.blob.example/files/1?sv=2024&sig=aGVsbG8gd29ybGQ%3D&se=1'],
    ['an Authorization value', 'authorization: Bearer abcdefgh12345'],
    ["a token of Slack's", 'token=xoxb-12345-abcdef'],
    ['an account key', 'AccountName=x;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1;'],
    ['a private key', '-----BEGIN PRIVATE KEY-----'],
    ['a signed token (JWT)', 'assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln'],
    ['a key in an address', '/api/status/1?wait=3&code=0123456789abcdef0123'],
    ['a password in an address', 'nats://ingestion:hunter2@nats:4222'],
    ['a header that authenticates', '{"headers":{"x-functions-key":"k"}}'],
    ['an approval token', `the page /approvals/${TOKEN} was shown`],
  ])('gives away what has the form of %s', (secret, line) => {
    expect(leaksIn(line, [])).toEqual([{ line: 1, secret }]);
  });

  it('may name hashes, ids, subjects and settings', () => {
    const line = `wf.0.${'a'.repeat(43)}.step ${hashToken(TOKEN)} KEYS_FILE nats://127.0.0.1:4222 code=Failed Bearer key`;
    expect(leaksIn(line, secretsOfSettings({ KEYS_FILE: 'KEYS_FILE', PUBLIC_URL: line }))).toEqual([]);
  });

  it('gives away each of several secrets, the key of a connection string, and the lines of a private key', () => {
    const values = secretsOfSettings({
      FLEXDEPLOY_WEBHOOK_SECRET: 'the-old-secret, the-new-secret',
      TABLES_CONNECTION_STRING: 'AccountName=a;AccountKey=c2VjcmV0;TableEndpoint=http://x/',
      FCM_PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END PRIVATE KEY-----\n',
    }).map(({ value }) => value);
    expect(values).toEqual(
      expect.arrayContaining([
        'the-old-secret',
        'the-new-secret',
        'c2VjcmV0',
        'MIIEvQIBADAN',
        'BgkqhkiG9w0B',
      ]),
    );
    expect(tokensIn(`${TOKEN} and "${TOKEN}"`)).toEqual([TOKEN, TOKEN]);
  });
});

describe('the log of a stack that logs everything', () => {
  let stack: TestStack;
  let office: Office;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  const refused = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const { status } = await office.request(method, path, body, headers);
    expect([400, 401, 403, 404]).toContain(status);
  };

  /** Keys that are wrong or for less, in each place where a key may stand; signatures and shared secrets. */
  async function presentWrongKeys() {
    const { systemKey, functionKey, flexdeployWebhookSecret } = stack.keys;
    const lists = '/runtime/webhooks/durabletask/instances';
    for (const key of [`${systemKey}x`, functionKey]) {
      await refused('GET', lists, undefined, { 'x-functions-key': key });
      await refused('GET', `${lists}?code=${key}`);
      await refused('GET', lists, undefined, { authorization: `Bearer ${key}` });
    }
    const now = String(Math.floor(Date.now() / 1000));
    const signature = { 'x-slack-signature': `v0=${'0'.repeat(64)}`, 'x-slack-request-timestamp': now };
    await refused('POST', '/slack/actions', 'payload={}', { ...form, ...signature });
    await refused(
      'POST',
      '/flexdeploy/webhook',
      {},
      { 'x-flexdeploy-secret': `${flexdeployWebhookSecret}x` },
    );
    const right = { 'x-flexdeploy-secret': flexdeployWebhookSecret };
    await office.request('POST', '/flexdeploy/webhook', { eventType: 'Task Created', payload: {} }, right);
  }

  /** Tokens in addresses that are none, and in bodies that cannot be read. */
  async function misspell(token: string) {
    for (const path of [`/approvals/${token}x`, `/approvals/%zz${token}`, `/nowhere/${token}`])
      await refused('GET', path);
    await refused('POST', '/api/orchestrators/ActionOnToken', `{"token":"${token}",`);
    await refused('POST', `/approvals/${token}`, `action=${token}`, form);
  }

  /** Lets a system outside answer so to what `act` leads to. */
  async function failing(target: Fault['target'], mode: Fault['mode'], act: () => Promise<unknown>) {
    await office.fault({ target, mode });
    await act();
    await office.faultMet(target, 1);
    await office.fault({ target, mode: 'off' });
  }

  async function failEverywhere(message: SlackMessage) {
    for (const mode of ['unauthorized', 'error', 'down'] as const) {
      await failing('slack', mode, () => office.started(`slack-${mode}`));
      await failing('fcm', mode, () => office.request('POST', '/api/orders', { regId: 'phone' }));
    }
    const approval = { channel: 'email', to: 'a@example.com' };
    for (const mode of ['error', 'down'] as const)
      await failing('mail', mode, () => office.start({ taskid: mode, description: 'x', approval }));
    await failing('flexdeploy', 'error', () => office.click(message, { action: 'approve', user: ANNA }));
    const { message: other } = await office.raised('other');
    await failing('flexdeploy', 'unauthorized', () => office.click(other, { action: 'reject', user: BEN }));
  }

  /** A file that may be downloaded; then storage is away, and then JetStream. */
  async function loseStorage() {
    const add = () =>
      office.request('POST', '/api/file/add?name=a.txt', 'text', { 'content-type': 'text/plain' });
    const { fileId } = (await add()).body as { fileId: string };
    for (const path of ['/api/approve/', '/api/approve/download/'])
      expect((await office.request('POST', path + fileId)).status).toBe(202);
    await eventually(
      () => office.request('GET', `/api/download/${fileId}`),
      ({ status }) => status === 200,
    );
    await stack.kill('azurite');
    expect((await add()).status).toBe(503);
    expect((await office.request('GET', `/api/download/${fileId}`)).status).toBe(503);
    await office.started('no table for its token');
    await office.request('GET', '/api/submit/query?s=10/10/2021&e=10/12/2021');
    await stack.kill('nats-server');
    expect((await office.start({ taskid: 'nothing is stored', description: 'x' })).status).toBe(503);
  }

  it('holds no secret when everything goes wrong', async () => {
    stack = await startTestStack({ env: { LOG_LEVEL: 'trace' } });
    try {
      office = new Office(stack.url);
      const { token, message } = await office.raised('first');
      await presentWrongKeys();
      await misspell(token);
      await failEverywhere(message);
      await loseStorage();
    } finally {
      await stack.dispose();
    }
  });
});
