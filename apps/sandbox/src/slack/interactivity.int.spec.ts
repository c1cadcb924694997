import { createHmac, timingSafeEqual } from 'node:crypto';
import { FakeIngestion, payloadOf, type Received } from '../testing/fake-ingestion';
import {
  APPROVAL,
  type RunningSandbox,
  SIGNING_SECRET,
  startSandbox,
  startWithIngestion,
} from '../testing/start-sandbox';

const METADATA = { event_type: 'countersign_approval', event_payload: { instance_id: 'i-1' } };

let ingestion: FakeIngestion;
let sandbox: RunningSandbox;
beforeAll(async () => {
  ({ ingestion, sandbox } = await startWithIngestion());
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  await sandbox.call('POST', 'api/reset');
  ingestion.reset();
});

async function post(): Promise<string> {
  const { ts = '' } = await sandbox.slack().chat.postMessage({
    channel: 'C0DEPLOYMENTS',
    text: 'Deploy?',
    blocks: APPROVAL,
    metadata: METADATA,
  });
  return ts;
}

const click = (ts: string, body: object) => sandbox.call('POST', `api/slack/messages/${ts}/click`, body);

/** As a receiver does it, written from Slack's documentation alone. */
function isSigned({ headers, body }: Received, secret: string): boolean {
  const timestamp = String(headers['x-slack-request-timestamp']);
  const expected = Buffer.from(
    `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`,
  );
  const given = Buffer.from(String(headers['x-slack-signature']));
  const fresh = Math.abs(Date.now() / 1000 - Number(timestamp)) < 300;
  return fresh && given.length === expected.length && timingSafeEqual(given, expected);
}

describe('pressing a button', () => {
  it('sends what Slack sends, signed, as a form with one field', async () => {
    const ts = await post();
    await click(ts, { action_id: 'approve', user: { id: 'U1', name: 'Ada Løve & Co' } });
    const [received] = ingestion.received;
    expect(received).toMatchObject({
      method: 'POST',
      path: '/slack/actions',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([...new URLSearchParams(received?.body).keys()]).toEqual(['payload']);
    expect(received && isSigned(received, SIGNING_SECRET)).toBe(true);
    expect(received && isSigned(received, 'another secret')).toBe(false);
    expect(payloadOf(received)).toMatchObject({
      type: 'block_actions',
      user: { id: 'U1', username: 'ada.løve.co', name: 'Ada Løve & Co', team_id: 'T0SANDBOX' },
      api_app_id: 'A0COUNTERSIGN',
      token: expect.any(String),
      container: { type: 'message', message_ts: ts, channel_id: 'C0DEPLOYMENTS' },
      trigger_id: expect.stringMatching(/^\d+\.\d+\.[0-9a-f]{32}$/),
      team: { id: 'T0SANDBOX', domain: expect.any(String) },
      channel: { id: 'C0DEPLOYMENTS', name: 'deployments' },
      message: { ts, text: 'Deploy?', metadata: METADATA },
      response_url: expect.stringContaining(`${sandbox.url}/sandbox/slack/actions/`),
      actions: [
        {
          type: 'button',
          action_id: 'approve',
          block_id: 'approval',
          text: { type: 'plain_text', text: 'Approve' },
          value: 'the.token',
          style: 'primary',
          action_ts: expect.stringMatching(/^\d+\.\d{6}$/),
        },
      ],
    });
  });

  it('answers what ingestion answered and keeps it with the message', async () => {
    ingestion.answer = { status: 401, body: 'bad signature' };
    const ts = await post();
    const { status, body } = await click(ts, { action_id: 'reject' });
    const answer = { status: 401, body: 'bad signature', milliseconds: expect.any(Number), via: 'http' };
    expect({ status, body }).toEqual({ status: 200, body: { answers: [answer] } });
    const { body: messages } = await sandbox.call('GET', 'api/slack/messages');
    expect(messages).toMatchObject([
      { presses: [{ actionId: 'reject', by: { name: 'Anna Lindqvist' }, answer }] },
    ]);
  });

  it('presses several times at once, each a request of its own', async () => {
    const { body } = await click(await post(), { action_id: 'approve', times: 5 });
    expect(body).toMatchObject({ answers: Array.from({ length: 5 }, () => ({ status: 200 })) });
    expect(new Set(ingestion.received.map((each) => payloadOf(each)['trigger_id'])).size).toBe(5);
    expect(new Set(ingestion.received.map((each) => payloadOf(each)['response_url'])).size).toBe(5);
    expect(ingestion.received.every((each) => isSigned(each, SIGNING_SECRET))).toBe(true);
  });

  it('can still press a button that is gone: somebody looks at an old screen', async () => {
    const ts = await post();
    await sandbox
      .slack()
      .chat.update({ channel: 'C0DEPLOYMENTS', ts, text: 'Approved', blocks: [{ type: 'divider' }] });
    await click(ts, { action_id: 'reject' });
    expect(payloadOf(ingestion.received[0])).toMatchObject({
      message: { text: 'Approved' },
      actions: [{ action_id: 'reject', value: 'the.token' }],
    });
  });

  it.each([
    ['for somebody else', { tamper: true }],
    ['with another secret', { secret: 'guessed' }],
    ['long ago', { ageSeconds: 301 }],
  ])('can forge a click that was signed %s', async (_what, forge) => {
    const ada = { id: 'U0ADA', name: 'Ada' };
    await click(await post(), { action_id: 'approve', user: ada, forge });
    const [received] = ingestion.received;
    expect(payloadOf(received)).toMatchObject({ user: ada });
    expect(received && isSigned(received, SIGNING_SECRET)).toBe(false);
  });

  it('says in which thread the message is', async () => {
    const { ts: thread_ts = '' } = await sandbox.slack().chat.postMessage({ channel: 'C0FILES', text: 'x' });
    const reply = { channel: 'C0FILES', text: 'y', blocks: APPROVAL, thread_ts };
    const { ts = '' } = await sandbox.slack().chat.postMessage(reply);
    await click(ts, { action_id: 'approve' });
    expect(payloadOf(ingestion.received[0])).toMatchObject({
      container: { message_ts: ts, thread_ts },
      channel: { id: 'C0FILES', name: 'files' },
      message: { ts, thread_ts },
    });
  });

  it('tells when ingestion does not answer within three seconds, as Slack tells its user', async () => {
    ingestion.answer = 'never';
    const { body } = await click(await post(), { action_id: 'approve' });
    expect(body).toMatchObject({ answers: [{ status: 0, body: 'no answer within 3000 ms' }] });
  });

  it('tells when ingestion is not there', async () => {
    const gone = await FakeIngestion.start();
    const { url } = gone;
    await gone.stop();
    const alone = await startSandbox({ INGESTION_URL: url });
    const { ts = '' } = await alone.slack().chat.postMessage({ channel: 'C0X', text: 'x', blocks: APPROVAL });
    const { body } = await alone.call('POST', `api/slack/messages/${ts}/click`, { action_id: 'approve' });
    await alone.stop();
    expect(body).toMatchObject({ answers: [{ status: 0, body: 'ECONNREFUSED' }] });
  });

  it.each([
    ['an unknown message', '1.000000', { action_id: 'approve' }, 404],
    ['an unknown button', undefined, { action_id: 'no-such-button' }, 404],
    ['no button at all', undefined, {}, 400],
    ['a field that is not there', undefined, { action_id: 'approve', force: true }, 400],
    ['too many times', undefined, { action_id: 'approve', times: 101 }, 400],
  ])('refuses %s and sends nothing', async (_what, ts, body, status) => {
    expect((await click(ts ?? (await post()), body)).status).toBe(status);
    expect(ingestion.received).toEqual([]);
  });
});

describe('the response_url of a press', () => {
  const respond = async (url: string, body: object) => {
    const { status, body: answer } = await sandbox.call('POST', url, body);
    return { status, answer };
  };
  const pressed = async () => {
    await click(await post(), { action_id: 'approve', user: { id: 'U0BEN', name: 'Ben Carter' } });
    return String(payloadOf(ingestion.received.at(-1))['response_url']);
  };
  const messages = async () => (await sandbox.call('GET', 'api/slack/messages')).body;

  it('replaces the message', async () => {
    const answer = await respond(await pressed(), {
      replace_original: true,
      text: 'Approved',
      blocks: [{ type: 'divider' }],
    });
    expect(answer).toEqual({ status: 200, answer: { ok: true } });
    expect(await messages()).toMatchObject([{ text: 'Approved', updated: true, actions: [] }]);
  });

  it('whispers to the person who pressed', async () => {
    await respond(await pressed(), { response_type: 'ephemeral', text: 'Thanks' });
    expect(await messages()).toMatchObject([{ text: 'Deploy?', updated: false }]);
    const { body } = await sandbox.call('GET', 'api/slack/ephemeral');
    expect(body).toMatchObject([{ user: 'U0BEN', text: 'Thanks' }]);
  });

  it('posts for all to see when asked to', async () => {
    await respond(await pressed(), { response_type: 'in_channel', text: 'Done' });
    expect(await messages()).toMatchObject([{ text: 'Deploy?' }, { text: 'Done', channel: 'C0DEPLOYMENTS' }]);
  });

  it('works five times, and not at all for a press that never was', async () => {
    const url = await pressed();
    for (const _ of [1, 2, 3, 4, 5]) expect((await respond(url, { text: 'again' })).status).toBe(200);
    expect(await respond(url, { text: 'again' })).toEqual({
      status: 404,
      answer: { ok: false, error: 'used_url' },
    });
    const unknown = url.replace(/[^/]+$/, '00000000-0000-0000-0000-000000000000');
    expect(await respond(unknown, { text: 'x' })).toMatchObject({
      status: 404,
      answer: { error: 'invalid_url' },
    });
  });
});
