import { once } from 'node:events';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { WebSocket } from 'ws';
import type { FakeIngestion } from '../testing/fake-ingestion';
import {
  APP_TOKEN,
  APPROVAL,
  quietLogger,
  type RunningSandbox,
  startWithIngestion,
} from '../testing/start-sandbox';

interface Interactive {
  readonly body: { readonly type: string; readonly user: object; readonly trigger_id: string };
  readonly envelope_id: string;
  readonly accepts_response_payload: boolean;
  ack(response?: object): Promise<void>;
}

const BEN = { id: 'U0BEN', name: 'Ben Carter' };
const nothing = () => undefined;

let ingestion: FakeIngestion;
let sandbox: RunningSandbox;
let clients: SocketModeClient[] = [];
beforeAll(async () => {
  ({ ingestion, sandbox } = await startWithIngestion());
});
afterAll(() => sandbox.stop());
afterEach(async () => {
  await Promise.all(clients.map((client) => client.disconnect()));
  clients = [];
  await sandbox.call('POST', 'api/reset');
  ingestion.reset();
});

/** The client that production code uses. */
function clientOf(handle: (event: Interactive) => unknown, appToken = APP_TOKEN): SocketModeClient {
  const client = new SocketModeClient({
    appToken,
    logger: quietLogger,
    logLevel: LogLevel.ERROR,
    clientPingTimeout: 100,
    clientOptions: { slackApiUrl: `${sandbox.url}/sandbox/slack/api/`, retryConfig: { retries: 0 } },
  });
  client.on('interactive', handle);
  return client;
}

async function connect(handle: (event: Interactive) => unknown): Promise<SocketModeClient> {
  const client = clientOf(handle);
  clients.push(client);
  await client.start();
  return client;
}

async function click(more: object = {}): Promise<unknown> {
  const message = { channel: 'C0DEPLOYMENTS', text: 'Deploy?', blocks: APPROVAL };
  const { ts = '' } = await sandbox.slack().chat.postMessage(message);
  const body = { action_id: 'approve', user: BEN, ...more };
  return (await sandbox.call('POST', `api/slack/messages/${ts}/click`, body)).body;
}

describe('Socket Mode', () => {
  it('brings clicks to a connected app, and nothing to its request URL', async () => {
    const events: Interactive[] = [];
    await connect(async (event) => {
      events.push(event);
      await event.ack();
    });
    expect((await sandbox.call('GET', 'api/slack/sockets')).body).toEqual({ connected: 1 });
    expect(await click()).toMatchObject({ answers: [{ status: 200, body: '', via: 'socket' }] });
    expect(events).toMatchObject([
      { body: { type: 'block_actions', user: BEN }, accepts_response_payload: false },
    ]);
    expect(ingestion.received).toEqual([]);
  });

  it('takes no forged click: that goes where anybody can send', async () => {
    const events: Interactive[] = [];
    await connect((event) => events.push(event));
    expect(await click({ forge: { tamper: true } })).toMatchObject({ answers: [{ via: 'http' }] });
    expect([events, ingestion.received]).toEqual([[], [expect.anything()]]);
  });

  it('leaves clicks to the request URL while nobody is connected', async () => {
    const client = await connect(nothing);
    await client.disconnect();
    clients = [];
    expect(await click()).toMatchObject({ answers: [{ status: 200, via: 'http' }] });
    expect(ingestion.received).toHaveLength(1);
  });

  it('says that a click failed when it is not acknowledged within three seconds', async () => {
    await connect(nothing);
    expect(await click()).toMatchObject({
      answers: [{ status: 0, body: 'not acknowledged within 3000 ms', via: 'socket' }],
    });
  });

  it('takes the answer to a dialog from the acknowledgement', async () => {
    const errors = { why: 'Say more.' };
    const types: unknown[] = [];
    await connect(async (event) => {
      types.push([event.body.type, event.accepts_response_payload]);
      if (event.body.type === 'view_submission') return event.ack({ response_action: 'errors', errors });
      await event.ack();
      return sandbox.slack().views.open({
        trigger_id: event.body.trigger_id,
        view: { type: 'modal', title: { type: 'plain_text', text: 'Why?' }, blocks: [] },
      });
    });
    await click();
    const dialog = await sandbox.until('api/slack/views', (views) => (views as { id: string }[])[0]);
    const { body } = await sandbox.call('POST', `api/slack/views/${dialog.id}/submit`, {});
    expect(body).toMatchObject({ answer: { via: 'socket' }, open: true, errors });
    expect(types).toEqual([
      ['block_actions', false],
      ['view_submission', true],
    ]);
  });

  it('brings a click to another connection when the first one breaks before it acknowledges', async () => {
    const seen: string[] = [];
    const { url = '' } = (await openConnection()) as { url?: string };
    const dying = new WebSocket(url);
    await once(dying, 'message');
    dying.on('message', (data) => {
      seen.push((JSON.parse((data as Buffer).toString()) as { envelope_id: string }).envelope_id);
      dying.terminate();
    });
    await connect(async (event) => {
      seen.push(event.envelope_id);
      await event.ack();
    });
    expect(await click()).toMatchObject({ answers: [{ status: 200, via: 'socket' }] });
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  it.each([
    ['asks to go', {}],
    ['drops', { abrupt: true }],
  ])('lets a client that it %s come back by itself', async (_what, body) => {
    const client = await connect((event) => event.ack());
    const again = new Promise((resolve) => client.once('connected', resolve));
    await sandbox.call('POST', 'api/slack/sockets/disconnect', body);
    await again;
    expect(await click()).toMatchObject({ answers: [{ status: 200, via: 'socket' }] });
  });

  it('cuts the connections when Slack is down, and takes none', async () => {
    const { url = '' } = (await openConnection()) as { url?: string };
    const socket = new WebSocket(url);
    await once(socket, 'message');
    const closed = once(socket, 'close');
    const { url: later = '' } = (await openConnection()) as { url?: string };
    await sandbox.call('POST', 'api/faults', { target: 'slack', mode: 'down' });
    await closed;
    await expect(once(new WebSocket(later), 'open')).rejects.toThrow('socket hang up');
  });

  it('gives a ticket for one connection only', async () => {
    const { url = '' } = (await openConnection()) as { url?: string };
    const first = new WebSocket(url);
    await once(first, 'open');
    await expect(once(new WebSocket(url), 'open')).rejects.toThrow('socket hang up');
    first.terminate();
  });

  it('opens nothing for another token, and nothing without one', async () => {
    await expect(clientOf(nothing, 'xapp-wrong').start()).rejects.toMatchObject({
      data: { error: 'invalid_auth' },
    });
    const { body } = await sandbox.call('POST', 'slack/api/apps.connections.open');
    expect(body).toEqual({ ok: false, error: 'not_authed' });
  });
});

async function openConnection(): Promise<unknown> {
  const headers = { authorization: `Bearer ${APP_TOKEN}` };
  return (await sandbox.call('POST', 'slack/api/apps.connections.open', undefined, headers)).body;
}
