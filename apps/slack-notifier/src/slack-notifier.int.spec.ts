import type { ActivityContext } from '@countersign/jetstream';
/** The activities, with the real Web API client, against a local server that speaks Slack's wire. */
import { randomBytes } from 'node:crypto';
import type { PostApproval, UpdateMessage } from '@countersign/contracts';
import { hashToken, makeToken, seal } from '@countersign/service';
import { freePort, contextOf } from '@countersign/testing';
import { Logger } from '@nestjs/common';
import { SlackNotifierConfig } from './config';
import { PostApprovalHandler } from './post-approval';
import { Questions } from './questions';
import { SlackClient } from './slack/slack.client';
import { http, ok, refuse, SlackStandIn } from './testing/slack-stand-in';
import { UpdateMessageHandler } from './update-message';

const tokenKey = randomBytes(32).toString('base64');
const token = makeToken('approval of DiPocket');
const SUBJECT = { description: 'Deploy DiPocket', facts: [{ label: 'Task', value: '8900' }] };
const DUE = '2030-01-02T03:04:05.000Z';
const QUESTION: PostApproval = {
  tokenHash: hashToken(token),
  sealedToken: seal(token, tokenKey),
  subject: SUBJECT,
  dueAt: DUE,
};
const ANSWER: UpdateMessage = {
  channel: 'C1',
  ts: '1.000100',
  subject: SUBJECT,
  dueAt: DUE,
  outcome: { kind: 'approved', by: { id: 'U1', name: 'Ada' }, at: '2030-01-01T00:00:00.000Z' },
};
const POSTED = { channel: 'C1', ts: '1.000100' };

let slack: SlackStandIn;
let config: SlackNotifierConfig;
beforeAll(async () => {
  Logger.overrideLogger(false);
  slack = await SlackStandIn.start();
  config = Object.assign(new SlackNotifierConfig(), {
    slackApiUrl: slack.url,
    slackBotToken: 'xoxb-test',
    slackChannel: 'C1',
    tokenKey,
    publicUrl: 'https://approve.example',
  });
});
afterAll(() => slack.stop());
beforeEach(() => slack.reset());

const but = (more: Partial<SlackNotifierConfig>) => Object.assign(new SlackNotifierConfig(), config, more);
const context = (more: Partial<ActivityContext> = {}) => contextOf('approval of DiPocket', 2, more);
const post = (of = context(), settings = config, input = QUESTION) =>
  new PostApprovalHandler(new SlackClient(settings), new Questions(settings)).post(input, of);
const update = () => new UpdateMessageHandler(new SlackClient(config)).update(ANSWER, context());

const marked = (tokenHash: string, ts: string) => ({
  ts,
  metadata: {
    event_type: 'countersign_approval',
    event_payload: { instance_id: 'x', token_hash: tokenHash },
  },
});

describe('slack.postApproval', () => {
  it('posts the question with the opened token and a mark to recognise it by', async () => {
    slack.script('chat.postMessage', ok(POSTED));
    expect(await post()).toEqual(POSTED);
    const [call] = slack.callsOf('chat.postMessage');
    expect(call?.authorization).toBe('Bearer xoxb-test');
    expect(call?.args).toMatchObject({
      channel: 'C1',
      text: 'Approval needed: Deploy DiPocket',
      unfurl_links: false,
      metadata: {
        event_type: 'countersign_approval',
        event_payload: { instance_id: 'approval of DiPocket', token_hash: QUESTION.tokenHash },
      },
    });
    expect(JSON.stringify(call?.args['blocks'])).toContain(`"value":"${token}"`);
    expect(slack.calls).toHaveLength(1);
  });

  it('makes its attempt known before it posts, so that one that dies with its process is counted', async () => {
    slack.script('chat.postMessage', ok(POSTED));
    let callsBefore = -1;
    const progress = async () => void (callsBefore = slack.calls.length);
    await post(context({ progress }));
    expect(callsBefore).toBe(0);
  });

  it('does not post again what an earlier attempt has posted', async () => {
    slack.script(
      'conversations.history',
      ok({
        messages: [{ ts: '3' }, marked('f'.repeat(64), '2')],
        response_metadata: { next_cursor: 'older' },
      }),
      ok({ messages: [marked(QUESTION.tokenHash, '1.000100')] }),
    );
    expect(await post(context({ attempt: 2 }))).toEqual(POSTED);
    expect(slack.callsOf('chat.postMessage')).toEqual([]);
    expect(slack.callsOf('conversations.history').map(({ args }) => args)).toMatchObject([
      { channel: 'C1', include_all_metadata: true },
      { cursor: 'older' },
    ]);
  });

  it('posts on a repeated attempt when no earlier one has', async () => {
    slack.script('conversations.history', ok({ messages: [marked('f'.repeat(64), '2')] }));
    slack.script('chat.postMessage', ok(POSTED));
    expect(await post(context({ attempt: 2 }))).toEqual(POSTED);
  });

  it('posts again where the channel may not be read: two questions are better than none', async () => {
    slack.script('conversations.history', refuse('missing_scope'));
    slack.script('chat.postMessage', ok(POSTED));
    expect(await post(context({ attempt: 2 }))).toEqual(POSTED);
  });

  it('does not post on a repeated attempt while it cannot tell', async () => {
    slack.script('conversations.history', refuse('internal_error'));
    await expect(post(context({ attempt: 2 }))).rejects.toMatchObject({ retryable: true });
    expect(slack.callsOf('chat.postMessage')).toEqual([]);
  });

  it('posts where the approval says', async () => {
    slack.script('chat.postMessage', ok({ channel: 'C2', ts: '2.000100' }));
    const input = { ...QUESTION, to: 'C2', escalated: true, quorum: 2 };
    expect(await post(context(), config, input)).toEqual({ channel: 'C2', ts: '2.000100' });
    const [call] = slack.callsOf('chat.postMessage');
    expect(call?.args).toMatchObject({ channel: 'C2', metadata: { event_payload: { escalated: true } } });
    expect(JSON.stringify(call?.args['blocks'])).toContain('0 of 2 people have approved');
  });

  it('takes the first question in a channel not for the one that is asked there again later', async () => {
    slack.script('conversations.history', ok({ messages: [marked(QUESTION.tokenHash, '1.000100')] }));
    slack.script('chat.postMessage', ok({ channel: 'C1', ts: '2.000100' }));
    const posted = await post(context({ attempt: 2 }), config, { ...QUESTION, escalated: true });
    expect(posted).toEqual({ channel: 'C1', ts: '2.000100' });
  });

  it.each([
    ['invalid_auth', 'SLACK_BOT_TOKEN'],
    ['channel_not_found', 'SLACK_CHANNEL'],
    ['not_in_channel', 'invite the app'],
    ['missing_scope', 'chat:write'],
    ['invalid_blocks', 'this message'],
  ])('fails for good, and says what to do, when Slack says %s', async (error, advice) => {
    slack.script('chat.postMessage', refuse(error));
    await expect(post()).rejects.toMatchObject({
      code: 'SlackRefused',
      retryable: false,
      message: expect.stringMatching(new RegExp(`${error}.*${advice}`)),
      details: { error },
    });
    expect(slack.calls).toHaveLength(1);
  });

  it('tells what Slack finds wrong with the blocks', async () => {
    const messages = ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'];
    slack.script('chat.postMessage', refuse('invalid_blocks', { response_metadata: { messages } }));
    await expect(post()).rejects.toThrow('must be less than 3001 characters');
  });

  it.each([
    ['an inner error', refuse('internal_error')],
    ['an answer that is not known', refuse('something_new')],
    ['HTTP 503', http(503)],
    ['a 429 without a time', http(429)],
  ])('can be tried again after %s, once for each attempt', async (_what, answer) => {
    slack.script('chat.postMessage', answer);
    await expect(post()).rejects.toMatchObject({ code: 'SlackUnavailable', retryable: true });
    expect(slack.calls).toHaveLength(1);
  });

  it('can be tried again when Slack is out of reach', async () => {
    await expect(
      post(context(), but({ slackApiUrl: `http://127.0.0.1:${await freePort()}` })),
    ).rejects.toMatchObject({
      code: 'SlackUnavailable',
      retryable: true,
    });
  });

  it('waits as long as Slack’s rate limit says, within the same attempt', async () => {
    slack.script('chat.postMessage', http(429, { 'retry-after': '1' }), ok(POSTED));
    const started = performance.now();
    expect(await post()).toEqual(POSTED);
    expect(performance.now() - started).toBeGreaterThan(990);
  });

  it('stops waiting for Slack’s rate limit when its attempt is given up', async () => {
    const attempt = new AbortController();
    slack.script('chat.postMessage', (response, call) => {
      http(429, { 'retry-after': '600' })(response, call);
      attempt.abort();
    });
    await expect(post(context({ signal: attempt.signal }))).rejects.toMatchObject({ retryable: true });
    expect(slack.calls).toHaveLength(1);
  });

  it('fails for good when the token was sealed with another key', async () => {
    const settings = but({ tokenKey: randomBytes(32).toString('base64') });
    await expect(post(context(), settings)).rejects.toMatchObject({ code: 'SealBroken', retryable: false });
    expect(slack.calls).toEqual([]);
  });
});

describe('slack.updateMessage', () => {
  it('replaces the buttons by who decided', async () => {
    slack.script('chat.update', ok(POSTED));
    expect(await update()).toEqual({ updated: true });
    const [call] = slack.callsOf('chat.update');
    expect(call?.args).toMatchObject({ channel: 'C1', ts: '1.000100', text: 'Approved: Deploy DiPocket' });
    expect(JSON.stringify(call?.args['blocks'])).toContain('Approved by *Ada*');
    expect(JSON.stringify(call?.args['blocks'])).not.toContain('"button"');
  });

  it('takes a deleted message as it is, and records that', async () => {
    slack.script('chat.update', refuse('message_not_found'));
    expect(await update()).toEqual({ updated: false, reason: 'The message was deleted in Slack.' });
    expect(slack.callsOf('chat.postMessage')).toEqual([]);
  });

  it('fails for good when Slack does not let this app change the message', async () => {
    slack.script('chat.update', refuse('cant_update_message'));
    await expect(update()).rejects.toMatchObject({ code: 'SlackRefused', retryable: false });
  });
});
