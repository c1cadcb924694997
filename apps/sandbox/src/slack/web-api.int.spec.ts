import { ErrorCode, type WebClient } from '@slack/web-api';
import { APPROVAL, type RunningSandbox, startSandbox } from '../testing/start-sandbox';

const METADATA = { event_type: 'countersign_approval', event_payload: { instance_id: 'i-1' } };

let sandbox: RunningSandbox;
let slack: WebClient;
beforeAll(async () => {
  sandbox = await startSandbox();
  slack = sandbox.slack();
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.call('POST', 'api/reset'));

const refusedWith = (error: string) => ({
  code: ErrorCode.PlatformError,
  data: expect.objectContaining({ ok: false, error }),
});

describe('the stand-in Slack, called by the real SDK', () => {
  it('says who the token belongs to', async () => {
    expect(await slack.auth.test()).toMatchObject({
      ok: true,
      team_id: 'T0SANDBOX',
      bot_id: 'B0COUNTERSIGN',
    });
  });

  it('refuses a wrong token, and a call without any', async () => {
    await expect(sandbox.slack('xoxb-wrong').auth.test()).rejects.toMatchObject(refusedWith('invalid_auth'));
    const { status, body } = await sandbox.call('POST', 'slack/api/auth.test');
    expect({ status, body }).toEqual({ status: 200, body: { ok: false, error: 'not_authed' } });
  });

  it('does not know methods that the product does not use', async () => {
    await expect(slack.apiCall('pins.add')).rejects.toMatchObject(refusedWith('unknown_method'));
  });

  it('posts blocks with metadata and shows them in the control API, newest last', async () => {
    await slack.chat.postMessage({ channel: 'C0DEPLOYMENTS', text: 'first' });
    const posted = await slack.chat.postMessage({
      channel: '#deployments',
      text: 'Deploy?',
      blocks: APPROVAL,
      metadata: METADATA,
    });
    expect(posted).toMatchObject({
      ok: true,
      channel: 'C0DEPLOYMENTS',
      message: { text: 'Deploy?', metadata: METADATA },
    });
    const { body } = await sandbox.call('GET', 'api/slack/messages');
    expect(body).toMatchObject([
      { text: 'first' },
      {
        channel: 'C0DEPLOYMENTS',
        ts: posted.ts,
        text: 'Deploy?',
        metadata: METADATA,
        actions: [
          { action_id: 'approve', text: 'Approve', value: 'the.token' },
          { action_id: 'reject', text: 'Reject', value: 'the.token' },
        ],
        updated: false,
        history: [],
      },
    ]);
  });

  it('takes JSON bodies as well as forms', async () => {
    const token = { authorization: 'Bearer xoxb-test-token' };
    const call = { channel: 'general', text: 'hi', blocks: APPROVAL, metadata: METADATA };
    const { body } = await sandbox.call('POST', 'slack/api/chat.postMessage', call, token);
    expect(body).toMatchObject({ ok: true, message: { text: 'hi', metadata: METADATA } });
  });

  it('updates a message, keeps what the call does not mention, and remembers what it said', async () => {
    const { channel = '', ts = '' } = await slack.chat.postMessage({
      channel: 'C0DEPLOYMENTS',
      text: 'Deploy?',
      blocks: APPROVAL,
      metadata: METADATA,
    });
    await slack.chat.update({ channel, ts, text: 'Approved', blocks: [{ type: 'divider' }] });
    const { body } = await sandbox.call('GET', 'api/slack/messages');
    expect(body).toMatchObject([
      {
        text: 'Approved',
        blocks: [{ type: 'divider' }],
        actions: [],
        metadata: METADATA,
        updated: true,
        history: [{ text: 'Deploy?' }],
      },
    ]);
    const { messages = [] } = await slack.conversations.history({ channel });
    expect(messages[0]).toMatchObject({ ts, edited: { user: 'U0COUNTERSIGN' } });
  });

  it('finds messages by their metadata in the history, newest first, page by page', async () => {
    const posts = ['one', 'two', 'three'].map((text) => ({
      channel: 'C0DEPLOYMENTS',
      text,
      metadata: METADATA,
    }));
    for (const post of posts) await slack.chat.postMessage(post);
    await slack.chat.postMessage({ channel: 'C0OTHER', text: 'elsewhere' });
    const ask = { channel: 'C0DEPLOYMENTS', limit: 2, include_all_metadata: true };
    const first = await slack.conversations.history(ask);
    expect(first).toMatchObject({
      has_more: true,
      messages: [{ text: 'three', metadata: METADATA }, { text: 'two' }],
    });
    const cursor = first.response_metadata?.next_cursor ?? '';
    const second = await slack.conversations.history({ ...ask, cursor });
    expect(second).toMatchObject({ has_more: false, messages: [{ text: 'one' }] });
  });

  it('keeps metadata to itself unless the history is asked for it', async () => {
    await slack.chat.postMessage({ channel: 'C0DEPLOYMENTS', text: 'one', metadata: METADATA });
    const { messages } = await slack.conversations.history({ channel: 'C0DEPLOYMENTS' });
    expect(messages?.[0]).not.toHaveProperty('metadata');
  });

  it('limits the history by time stamps, exclusive unless told otherwise', async () => {
    const { ts: first = '' } = await slack.chat.postMessage({ channel: 'C0DEPLOYMENTS', text: 'one' });
    const { ts: second = '' } = await slack.chat.postMessage({ channel: 'C0DEPLOYMENTS', text: 'two' });
    const texts = async (range: object) =>
      (await slack.conversations.history({ channel: 'C0DEPLOYMENTS', ...range })).messages?.map(
        ({ text }) => text,
      );
    expect(await texts({ oldest: first })).toEqual(['two']);
    expect(await texts({ latest: second })).toEqual(['one']);
    expect(await texts({ oldest: first, latest: second, inclusive: true })).toEqual(['two', 'one']);
  });

  it('whispers to one person without posting', async () => {
    const { message_ts: ts } = await slack.chat.postEphemeral({
      channel: 'C0DEPLOYMENTS',
      user: 'U0BEN',
      text: 'Too late',
    });
    expect((await sandbox.call('GET', 'api/slack/messages')).body).toEqual([]);
    const { body } = await sandbox.call('GET', 'api/slack/ephemeral');
    expect(body).toMatchObject([{ channel: 'C0DEPLOYMENTS', ts, user: 'U0BEN', text: 'Too late' }]);
  });

  it('keeps the replies of a thread below their message, out of the channel unless told otherwise', async () => {
    const channel = 'C0ESCALATIONS';
    const { ts: thread_ts = '' } = await slack.chat.postMessage({ channel, text: 'root' });
    const { ts: first = '' } = await slack.chat.postMessage({
      channel,
      text: 'one',
      thread_ts,
      metadata: METADATA,
    });
    await slack.chat.postMessage({ channel, text: 'two', thread_ts: first, reply_broadcast: true });
    const thread = await slack.conversations.replies({ channel, ts: thread_ts, include_all_metadata: true });
    expect(thread).toMatchObject({
      messages: [
        { text: 'root' },
        { text: 'one', thread_ts, metadata: METADATA },
        { text: 'two', thread_ts },
      ],
      has_more: false,
    });
    const { messages = [] } = await slack.conversations.history({ channel });
    expect(messages.map(({ text }) => text)).toEqual(['two', 'root']);
    expect((await sandbox.call('GET', 'api/slack/messages')).body).toMatchObject([
      { text: 'root' },
      { text: 'one', thread_ts },
      { text: 'two', thread_ts },
    ]);
  });

  it('knows who is in a group', async () => {
    expect(await slack.usergroups.users.list({ usergroup: 'S0RELEASE' })).toMatchObject({
      users: ['U0ADA', 'U0GRACE'],
    });
  });

  it.each([
    [
      'a channel that does not exist',
      'chat.postMessage',
      { channel: 'C0MISSING', text: 'x' },
      'channel_not_found',
    ],
    [
      'a malformed channel',
      'chat.postMessage',
      { channel: 'No Such Channel', text: 'x' },
      'channel_not_found',
    ],
    ['a history by channel name', 'conversations.history', { channel: 'deployments' }, 'channel_not_found'],
    [
      'an update by channel name',
      'chat.update',
      { channel: 'deployments', ts: '1.2', text: 'x' },
      'channel_not_found',
    ],
    [
      'an unknown message',
      'chat.update',
      { channel: 'C0DEPLOYMENTS', ts: '1.2', text: 'x' },
      'message_not_found',
    ],
    ['nothing to say', 'chat.postMessage', { channel: 'general' }, 'no_text'],
    [
      'a reply to nothing',
      'chat.postMessage',
      { channel: 'C0FILES', text: 'x', thread_ts: '1.2' },
      'thread_not_found',
    ],
    [
      'a thread that is not there',
      'conversations.replies',
      { channel: 'C0FILES', ts: '1.2' },
      'thread_not_found',
    ],
    ['a group that is not there', 'usergroups.users.list', { usergroup: 'S0NONE' }, 'no_such_subteam'],
    [
      'to whisper to somebody who is not there',
      'chat.postEphemeral',
      { channel: 'C0FILES', user: 'U0MISSING', text: 'x' },
      'user_not_in_channel',
    ],
    ['a dialog that is not JSON', 'views.open', { trigger_id: 'x', view: '{' }, 'invalid_arguments'],
    [
      'blocks that are not JSON',
      'chat.postMessage',
      { channel: 'general', blocks: '[{' },
      'invalid_blocks_format',
    ],
    [
      'metadata without a payload',
      'chat.postMessage',
      { channel: 'general', text: 'x', metadata: { event_type: 'x' } },
      'invalid_metadata_schema',
    ],
    [
      'a cursor of its own making',
      'conversations.history',
      { channel: 'C0DEPLOYMENTS', cursor: 'x' },
      'invalid_cursor',
    ],
  ])('refuses %s', async (_what, method, args, error) => {
    await expect(slack.apiCall(method, args)).rejects.toMatchObject(refusedWith(error));
    expect((await sandbox.call('GET', 'api/slack/messages')).body).toEqual([]);
  });

  it('names the place where blocks break a limit', async () => {
    const long = { type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'x'.repeat(3001) } };
    await expect(
      slack.chat.postMessage({ channel: 'general', text: 'x', blocks: [long] }),
    ).rejects.toMatchObject({
      data: {
        error: 'invalid_blocks',
        response_metadata: {
          messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'],
        },
      },
    });
  });

  it('does not mix up messages that are posted at once', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `message ${i}`);
    const posted = await Promise.all(
      texts.map((text) => slack.chat.postMessage({ channel: 'C0DEPLOYMENTS', text })),
    );
    expect(new Set(posted.map(({ ts }) => ts)).size).toBe(texts.length);
  });
});
