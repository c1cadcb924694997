/** What is said after the question was asked, with the real Web API client, against a local server that speaks Slack's wire. */
import { randomBytes } from 'node:crypto';
import type { AskReason, PostApproval } from '@countersign/contracts';
import type { ActivityContext } from '@countersign/jetstream';
import { hashToken, makeToken, seal } from '@countersign/service';
import { contextOf, until } from '@countersign/testing';
import { Logger } from '@nestjs/common';
import { AskReasonHandler } from './ask-reason';
import { SlackNotifierConfig } from './config';
import { FindMemberHandler } from './find-member';
import { Questions } from './questions';
import { RemindHandler } from './remind';
import { ShowVotesHandler } from './show-votes';
import { SlackClient } from './slack/slack.client';
import { UserGroups } from './slack/user-groups';
import { TellPersonHandler } from './tell-person';
import { http, ok, refuse, SlackStandIn } from './testing/slack-stand-in';

const tokenKey = randomBytes(32).toString('base64');
const token = makeToken('approval of DiPocket');
const ADA = { id: 'U1', name: 'Ada' };
const message = { channel: 'C1', ts: '1.000100' };
const question: PostApproval = {
  tokenHash: hashToken(token),
  sealedToken: seal(token, tokenKey),
  subject: { description: 'Deploy DiPocket', facts: [] },
  dueAt: '2030-01-02T03:04:05.000Z',
  quorum: 2,
};

let slack: SlackStandIn;
let client: SlackClient;
let questions: Questions;
beforeAll(async () => {
  Logger.overrideLogger(false);
  slack = await SlackStandIn.start();
});
afterAll(() => slack.stop());
beforeEach(() => {
  slack.reset();
  const config = Object.assign(new SlackNotifierConfig(), {
    slackApiUrl: slack.url,
    slackBotToken: 'xoxb-test',
    slackChannel: 'C1',
    tokenKey,
    publicUrl: 'https://approve.example',
  });
  client = new SlackClient(config);
  questions = new Questions(config);
});

const context = (more: Partial<ActivityContext> = {}) => contextOf('approval of DiPocket', 2, more);
const DELETED = { updated: false, reason: 'The message was deleted in Slack.' };

describe('slack.showVotes', () => {
  const votes = [{ action: 'approve' as const, by: ADA, at: '2030-01-01T00:00:00.000Z' }];
  const show = () => new ShowVotesHandler(client, questions).show({ ...question, message, votes }, context());

  it('shows who has voted; the buttons stay', async () => {
    slack.script('chat.update', ok(message));
    expect(await show()).toEqual({ updated: true });
    const [call] = slack.callsOf('chat.update');
    expect(call?.args).toMatchObject(message);
    const blocks = JSON.stringify(call?.args['blocks']);
    expect(blocks).toContain('1 of 2 people have approved');
    expect(blocks).toContain('*Ada*');
    expect(blocks).toContain(`"value":"${token}"`);
  });

  it('takes a deleted message as it is', async () => {
    slack.script('chat.update', refuse('message_not_found'));
    expect(await show()).toEqual(DELETED);
  });
});

describe('slack.remind', () => {
  const remind = (count: number, of = context()) =>
    new RemindHandler(client).remind({ ...question, message, count }, of);
  const reminderOf = (tokenHash: string, count: number) => ({
    ts: '2.000100',
    metadata: {
      event_type: 'countersign_reminder',
      event_payload: { instance_id: 'x', token_hash: tokenHash, count },
    },
  });

  it('says below the message, and in the channel, that it still waits', async () => {
    slack.script('chat.postMessage', ok({ channel: 'C1', ts: '2.000100' }));
    expect(await remind(1)).toEqual({ updated: true });
    const [call] = slack.callsOf('chat.postMessage');
    expect(call?.args).toMatchObject({
      channel: 'C1',
      thread_ts: message.ts,
      reply_broadcast: true,
      text: expect.stringContaining('Still waits for a decision: Deploy DiPocket'),
      metadata: {
        event_type: 'countersign_reminder',
        event_payload: { token_hash: question.tokenHash, count: 1 },
      },
    });
    expect(slack.calls).toHaveLength(1);
  });

  it('does not say again what an earlier attempt has said', async () => {
    slack.script(
      'conversations.replies',
      ok({ messages: [{ ts: '1.000100' }, reminderOf(question.tokenHash, 1)] }),
    );
    expect(await remind(1, context({ attempt: 2 }))).toEqual({ updated: true });
    expect(slack.callsOf('conversations.replies')[0]?.args).toMatchObject({
      ...{ channel: 'C1', ts: message.ts },
      include_all_metadata: true,
    });
    expect(slack.callsOf('chat.postMessage')).toEqual([]);
  });

  it('is not kept from the second reminder by the first one, nor by another approval’s', async () => {
    const messages = [reminderOf(question.tokenHash, 1), reminderOf('f'.repeat(64), 2)];
    slack.script('conversations.replies', ok({ messages }));
    slack.script('chat.postMessage', ok({ channel: 'C1', ts: '3.000100' }));
    await remind(2, context({ attempt: 2 }));
    expect(slack.callsOf('chat.postMessage')).toHaveLength(1);
  });

  it('makes its attempt known before it posts, so that one that dies with its process is counted', async () => {
    slack.script('chat.postMessage', ok({ channel: 'C1', ts: '2.000100' }));
    let callsBefore = -1;
    await remind(1, context({ progress: async () => void (callsBefore = slack.calls.length) }));
    expect(callsBefore).toBe(0);
  });

  it.each(['message_not_found', 'thread_not_found'])(
    'takes a deleted message as it is (%s)',
    async (error) => {
      slack.script('chat.postMessage', refuse(error));
      expect(await remind(1)).toEqual(DELETED);
    },
  );
});

describe('slack.tell', () => {
  const tell = (text: string) =>
    new TellPersonHandler(client).tell({ message, person: ADA, text }, context());

  it('tells one person only; people and groups are named, and nothing else is marked', async () => {
    slack.script('chat.postEphemeral', ok({ message_ts: '2' }));
    expect(await tell('Ask <@U2> or <!subteam^S1>, <!channel> & co.')).toEqual({ told: true });
    expect(slack.callsOf('chat.postEphemeral')[0]?.args).toMatchObject({
      channel: 'C1',
      user: 'U1',
      text: 'Ask <@U2> or <!subteam^S1>, &lt;!channel&gt; &amp; co.',
    });
  });

  it('cannot tell somebody who is not in the channel; that fails nothing', async () => {
    slack.script('chat.postEphemeral', refuse('user_not_in_channel'));
    expect(await tell('x')).toEqual({ told: false, reason: 'The person is not in the channel.' });
  });

  it('can be tried again when Slack fails, and not when it refuses', async () => {
    slack.script('chat.postEphemeral', refuse('internal_error'), refuse('channel_not_found'));
    await expect(tell('x')).rejects.toMatchObject({ retryable: true });
    await expect(tell('x')).rejects.toMatchObject({ code: 'SlackRefused', retryable: false });
  });
});

describe('slack.askReason', () => {
  const { tokenHash, sealedToken, subject } = question;
  const input: AskReason = { tokenHash, sealedToken, subject, message, person: ADA, triggerId: '1.2.abc' };
  const ask = (attempt = 1) => new AskReasonHandler(client, questions).ask(input, context({ attempt }));

  it('opens a dialog that carries the token, by one call', async () => {
    slack.script('views.open', ok({ view: { id: 'V1' } }));
    expect(await ask()).toEqual({ asked: true });
    const [call] = slack.callsOf('views.open');
    expect(call?.args).toMatchObject({
      trigger_id: '1.2.abc',
      view: { type: 'modal', callback_id: 'countersign_reason', private_metadata: token },
    });
    expect(slack.calls).toHaveLength(1);
  });

  it.each(['expired_trigger_id', 'trigger_expired', 'invalid_trigger_id', 'trigger_exchanged'])(
    'cannot open one when Slack says %s; that fails nothing',
    async (error) => {
      slack.script('views.open', refuse(error));
      expect(await ask()).toEqual({ asked: false, reason: expect.any(String) });
    },
  );

  it.each(['exchanged_trigger_id', 'trigger_exchanged'])(
    'takes the trigger that an earlier attempt has used for a dialog that is open (%s)',
    async (error) => {
      slack.script('views.open', refuse(error));
      expect(await ask(2)).toEqual({ asked: true });
    },
  );

  it('does not wait for the rate limit of another method', async () => {
    slack.script('chat.postEphemeral', http(429, { 'retry-after': '600' }));
    slack.script('views.open', ok({}));
    const attempt = new AbortController();
    const telling = new TellPersonHandler(client).tell(
      { message, person: ADA, text: 'x' },
      context({ signal: attempt.signal }),
    );
    await until(() => slack.callsOf('chat.postEphemeral').length > 0);
    expect(await ask()).toEqual({ asked: true });
    attempt.abort();
    await expect(telling).rejects.toMatchObject({ retryable: true });
  });
});

describe('slack.findMember', () => {
  let handler: FindMemberHandler;
  beforeEach(() => {
    handler = new FindMemberHandler(new UserGroups(client));
  });

  it('looks into every group', async () => {
    slack.script('usergroups.users.list', ok({ users: ['U2'] }), ok({ users: ['U1', 'U3'] }));
    expect(await handler.find({ user: 'U1', groups: ['S1', 'S2'] })).toEqual({ member: true });
    expect(slack.calls.map(({ args }) => args['usergroup']).sort()).toEqual(['S1', 'S2']);
    expect(await handler.find({ user: 'U4', groups: ['S1', 'S2'] })).toEqual({ member: false });
  });

  it('asks Slack once for those who ask at the same time and shortly after', async () => {
    slack.script('usergroups.users.list', ok({ users: ['U1'] }));
    const asking = ['U1', 'U2', 'U1'].map((user) => handler.find({ user, groups: ['S1'] }));
    expect(await Promise.all(asking)).toEqual([{ member: true }, { member: false }, { member: true }]);
    await handler.find({ user: 'U1', groups: ['S1'] });
    expect(slack.calls).toHaveLength(1);
  });

  it('reads a list again that is a minute old', async () => {
    const clock = jest.spyOn(performance, 'now');
    const now = performance.now();
    slack.script('usergroups.users.list', ok({ users: ['U1'] }), ok({ users: [] }));
    expect(await handler.find({ user: 'U1', groups: ['S1'] })).toEqual({ member: true });
    clock.mockReturnValue(now + 61_000);
    expect(await handler.find({ user: 'U1', groups: ['S1'] })).toEqual({ member: false });
    clock.mockRestore();
  });

  it('remembers so many groups only', async () => {
    slack.script('usergroups.users.list', ok({ users: [] }));
    for (let group = 0; group <= 100; group++) await handler.find({ user: 'U1', groups: [`S${group}`] });
    await handler.find({ user: 'U1', groups: ['S100'] });
    expect(slack.calls).toHaveLength(101);
    await handler.find({ user: 'U1', groups: ['S0'] });
    expect(slack.calls).toHaveLength(102);
  });

  it('fails for good, and says what to do, for a group that there is not', async () => {
    slack.script('usergroups.users.list', refuse('no_such_subteam'));
    await expect(handler.find({ user: 'U1', groups: ['release'] })).rejects.toMatchObject({
      code: 'SlackRefused',
      retryable: false,
      message: expect.stringMatching(/no_such_subteam.*an id \(S…\)/),
    });
  });

  it('finds a member also where another group cannot be read, and nobody where that might tell', async () => {
    slack.script('usergroups.users.list', ok({ users: ['U1'] }), refuse('internal_error'));
    expect(await handler.find({ user: 'U1', groups: ['S1', 'S2'] })).toEqual({ member: true });
    await expect(handler.find({ user: 'U2', groups: ['S1', 'S2'] })).rejects.toMatchObject({
      retryable: true,
    });
  });

  it('asks again after it failed', async () => {
    slack.script('usergroups.users.list', refuse('internal_error'), ok({ users: ['U1'] }));
    await expect(handler.find({ user: 'U1', groups: ['S1'] })).rejects.toMatchObject({ retryable: true });
    expect(await handler.find({ user: 'U1', groups: ['S1'] })).toEqual({ member: true });
  });
});
