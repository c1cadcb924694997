/** Slack's own client, against a local server that speaks Socket Mode. */
import { once } from 'node:events';
import type { SlackDoor } from '@countersign/decisions';
import { Problem } from '@countersign/service';
import { until } from '@countersign/testing';
import { CodedError } from '@countersign/workflow';
import { Logger } from '@nestjs/common';
import { SlackNotifierConfig } from '../config';
import { ok, refuse, SlackStandIn } from '../testing/slack-stand-in';
import { SocketStandIn } from '../testing/socket-stand-in';
import { SlackSocket } from './slack-socket';

const press = (value: string) => ({ type: 'block_actions', actions: [{ action_id: 'approve', value }] });
const submission = { type: 'view_submission', view: {} };

let slack: SlackStandIn;
let sockets: SocketStandIn;
let take: jest.Mock<Promise<object>, [unknown]>;
let socket: SlackSocket;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  slack = await SlackStandIn.start();
  sockets = await SocketStandIn.start();
  slack.script('apps.connections.open', ok({ url: sockets.url }));
  take = jest.fn<Promise<object>, [unknown]>(() => Promise.resolve({}));
  socket = socketWith({ slackAppToken: 'xapp-test' });
});
afterEach(async () => {
  await socket.onModuleDestroy();
  sockets.stop();
  await slack.stop();
});

const socketWith = (settings: Partial<SlackNotifierConfig>) => {
  const config = Object.assign(new SlackNotifierConfig(), { slackApiUrl: slack.url, ...settings });
  return new SlackSocket(config, { take } as unknown as SlackDoor);
};
/** Resolves when the socket says that it is connected. */
const ready = () => until(() => socket.check() === true);

describe('a click that comes by Socket Mode', () => {
  beforeEach(async () => {
    socket.onApplicationBootstrap();
    await ready();
  });

  it('is acknowledged once it is stored, and not before', async () => {
    let stored: (answer: object) => void = () => {};
    take.mockReturnValueOnce(new Promise((resolve) => (stored = resolve)));
    const held = sockets.deliver(press('first'));
    await sockets.deliver(press('second')).answer;
    expect(take.mock.calls).toEqual([[press('first')], [press('second')]]);
    expect(sockets.isAcknowledged(held.id)).toBe(false);
    stored({});
    expect(await held.answer).toEqual({ envelope_id: held.id, payload: {} });
  });

  it('that could not be stored is not acknowledged', async () => {
    take.mockRejectedValueOnce(new CodedError('StorageUnavailable', 'down', { retryable: true }));
    const lost = sockets.deliver(press('first'));
    await sockets.deliver(press('second')).answer;
    expect(sockets.isAcknowledged(lost.id)).toBe(false);
  });

  it('that is none is acknowledged, so that Slack does not send it for ever', async () => {
    take.mockRejectedValueOnce(new Problem(400, 'The payload has no user.'));
    expect(await sockets.deliver(press('x')).answer).toMatchObject({ payload: {} });
  });

  it('is answered where it was a dialog, which Slack shows, and not where it was a button', async () => {
    const words = { response_action: 'errors', errors: { reason: 'Please say why.' } };
    take.mockResolvedValue(words);
    expect(await sockets.deliver(submission).answer).toMatchObject({ payload: words });
    expect(await sockets.deliver(press('x')).answer).toMatchObject({ payload: {} });
  });

  it('on a connection that ends meanwhile is stored; Slack delivers it again', async () => {
    let stored: (answer: object) => void = () => {};
    take.mockReturnValueOnce(new Promise((resolve) => (stored = resolve)));
    const first = await sockets.connection();
    const held = sockets.deliver(press('first'));
    await until(() => take.mock.calls.length > 0);
    first.terminate();
    await sockets.connection(2);
    await ready();
    stored({});
    await sockets.deliver(press('first')).answer;
    expect(sockets.isAcknowledged(held.id)).toBe(false);
  });
});

describe('the connection', () => {
  it('is opened with the app-level token', async () => {
    socket.onApplicationBootstrap();
    await ready();
    expect(slack.callsOf('apps.connections.open')[0]?.authorization).toBe('Bearer xapp-test');
  });

  it('is not opened where there is no such token', async () => {
    const off = socketWith({});
    off.onApplicationBootstrap();
    expect(off.isOn).toBe(false);
    await off.onModuleDestroy();
    expect(slack.calls).toEqual([]);
  });

  it.each(['refresh_requested', 'warning'])(
    'is opened again when Slack asks for that (%s)',
    async (reason) => {
      socket.onApplicationBootstrap();
      await ready();
      (await sockets.connection()).send(JSON.stringify({ type: 'disconnect', reason }));
      await sockets.connection(2);
      await ready();
      expect(await sockets.deliver(press('x')).answer).toBeDefined();
    },
  );

  it('is opened again when it breaks, also where Slack answers with errors for a while', async () => {
    socket.onApplicationBootstrap();
    await ready();
    slack.script('apps.connections.open', refuse('internal_error'), ok({ url: sockets.url }));
    (await sockets.connection()).terminate();
    await sockets.connection(2);
    await ready();
    expect(slack.callsOf('apps.connections.open')).toHaveLength(3);
  });

  it('says what is wrong, and goes on trying, when Slack does not take the token', async () => {
    slack.script('apps.connections.open', refuse('invalid_auth'), ok({ url: sockets.url }));
    socket.onApplicationBootstrap();
    expect(socket.check()).toEqual(expect.any(String));
    await until(() => String(socket.check()).includes('invalid_auth'));
    expect(socket.check()).toContain('SLACK_APP_TOKEN');
    await ready();
  });

  it('is not ready once it has ended', async () => {
    socket.onApplicationBootstrap();
    await ready();
    slack.script('apps.connections.open', refuse('internal_error'));
    (await sockets.connection()).terminate();
    await until(() => socket.check() !== true);
    expect(socket.check()).toEqual(expect.any(String));
  });
});

describe('a shutdown', () => {
  it('acknowledges what is in hand, then closes the connection for good', async () => {
    let stored: (answer: object) => void = () => {};
    take.mockReturnValueOnce(new Promise((resolve) => (stored = resolve)));
    socket.onApplicationBootstrap();
    await ready();
    const connection = await sockets.connection();
    const closed = once(connection, 'close');
    const held = sockets.deliver(press('first'));
    await until(() => take.mock.calls.length > 0);
    const stopping = socket.onModuleDestroy();
    stored({});
    await Promise.all([stopping, closed]);
    expect(sockets.isAcknowledged(held.id)).toBe(true);
    expect(sockets.count).toBe(1);
    expect(slack.callsOf('apps.connections.open')).toHaveLength(1);
  });

  it('does not wait for the next attempt to connect', async () => {
    slack.script('apps.connections.open', refuse('internal_error'));
    socket.onApplicationBootstrap();
    await until(() => slack.calls.length > 0);
    await socket.onModuleDestroy();
    expect(sockets.count).toBe(0);
  });

  it('while it connects leaves no connection behind', async () => {
    socket.onApplicationBootstrap();
    await until(() => slack.calls.length > 0);
    await socket.onModuleDestroy();
    const closings = Array.from({ length: sockets.count }, async (_, i) => {
      const connection = await sockets.connection(i + 1);
      if (connection.readyState !== connection.CLOSED) await once(connection, 'close');
    });
    await Promise.all(closings);
  });
});
