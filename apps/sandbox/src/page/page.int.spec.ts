import { Script } from 'node:vm';
import { FakeIngestion, payloadOf } from '../testing/fake-ingestion';
import { APPROVAL, type RunningSandbox, startSandbox } from '../testing/start-sandbox';
import { script } from './assets/script';
import { styles } from './assets/styles';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.call('POST', 'api/reset'));

interface Shown {
  readonly slack: string;
  readonly flexdeploy: string;
  readonly faults: unknown;
  readonly dialogs: unknown;
}

interface Event {
  readonly dialogs: unknown;
  readonly columns: readonly {
    readonly target: string;
    readonly heading: string;
    readonly cards: readonly { markup: string }[];
    readonly fault: unknown;
  }[];
}

/** Reads events until one satisfies the condition; jest's own time limit ends a vain wait. */
async function shown(until: (shown: Shown) => boolean, { url } = sandbox): Promise<Shown> {
  const response = await fetch(`${url}/sandbox/events`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.+)$/m.exec(event)?.[1];
      const state = data === undefined ? undefined : shownIn(JSON.parse(data) as Event);
      if (state && until(state)) return state;
    }
  }
  throw new Error('the stream ended');
}

function shownIn({ columns, dialogs }: Event): Shown {
  const textOf = (target: string) =>
    columns
      .filter((column) => column.target === target)
      .map(({ heading, cards }) => heading + cards.map(({ markup }) => markup).join(''))
      .join('');
  return {
    slack: textOf('slack'),
    flexdeploy: textOf('flexdeploy'),
    dialogs,
    faults: Object.fromEntries(columns.map(({ target, fault }) => [target, fault])),
  };
}

const get = async (path: string) => {
  const response = await fetch(`${sandbox.url}${path}`);
  return {
    type: response.headers.get('content-type'),
    csp: response.headers.get('content-security-policy'),
    text: await response.text(),
  };
};

it('is one page with its style and script, and needs nothing from outside', async () => {
  const page = await get('/sandbox');
  expect(page.type).toBe('text/html; charset=utf-8');
  expect(page.csp).toContain("default-src 'self'");
  expect(page.text).toMatch(/^<!doctype html>/i);
  for (const [, url] of page.text.matchAll(/(?:src|href)="([^"]+)"/g))
    expect(url).toMatch(/^(\/sandbox\/page\.(css|js)|data:)/);
  expect(await get('/sandbox/page.css')).toMatchObject({ type: 'text/css; charset=utf-8', text: styles });
  expect(await get('/sandbox/page.js')).toMatchObject({
    type: 'text/javascript; charset=utf-8',
    text: script,
  });
});

it('has a script that parses', () => {
  expect(() => new Script(script)).not.toThrow();
});

it('has a way to make each stand-in fail, a person to click as, and the form that raises a task', async () => {
  const { text } = await get('/sandbox');
  for (const id of [
    'fault-slack',
    'fault-flexdeploy',
    'fault-fcm',
    'fault-mail',
    'order-submit',
    'person',
    'raise-submit',
  ]) {
    expect(text).toContain(`data-testid="${id}"`);
  }
});

it('shows what happens as it happens', async () => {
  const live = shown(
    ({ slack, flexdeploy }) => slack.includes('slack-approve') && flexdeploy.includes('PENDING'),
  );
  await sandbox.slack().chat.postMessage({ channel: 'deployments', text: 'x', blocks: APPROVAL });
  await sandbox.call('POST', 'api/flexdeploy/tasks', { taskId: '8900', description: 'Deploy' });
  expect(await live).toMatchObject({
    slack: expect.stringContaining('<strong>PROD</strong>'),
    flexdeploy: expect.stringContaining('Task 8900'),
  });
});

it('links a message to the status of its instance', async () => {
  const metadata = { event_type: 'x', event_payload: { instance_id: 'a/b' } };
  await sandbox.slack().chat.postMessage({ channel: 'deployments', text: 'x', metadata });
  expect((await shown(() => true)).slack).toContain('href="/api/status/a%2Fb"');
});

it('shows a fault and for how long it lasts', async () => {
  await sandbox.call('POST', 'api/faults', { target: 'slack', mode: 'down', seconds: 60 });
  const { faults } = await shown(() => true);
  expect(faults).toEqual({
    slack: { mode: 'down', secondsLeft: expect.closeTo(60, -1) },
    flexdeploy: { mode: 'off' },
    fcm: { mode: 'off' },
    mail: { mode: 'off' },
  });
});

it('escapes what users write, wherever it is shown', async () => {
  const evil = '<img src=x onerror=alert(1)>';
  const metadata = { event_type: 'x', event_payload: { instance_id: '"><img src=x>' } };
  const blocks = [
    { type: 'header' as const, text: { type: 'plain_text' as const, text: evil } },
    {
      type: 'actions' as const,
      elements: [
        {
          type: 'button' as const,
          action_id: '"><img src=x>',
          url: 'javascript:alert(1)',
          text: { type: 'plain_text' as const, text: evil },
        },
      ],
    },
  ];
  await sandbox.slack().chat.postMessage({ channel: 'deployments', text: evil, blocks, metadata });
  await sandbox.slack().chat.postMessage({ channel: 'deployments', text: evil });
  await sandbox.slack().chat.postEphemeral({ channel: 'deployments', user: '<img src=x>', text: evil });
  await sandbox.call('POST', 'api/flexdeploy/tasks', { taskId: '"><img src=x>', description: evil });
  const path = `api/flexdeploy/tasks/${encodeURIComponent('"><img src=x>')}/decide`;
  await sandbox.call('POST', path, { action: 'approve', by: '<img src=x>' });
  const { slack, flexdeploy } = await shown(() => true);
  expect(slack.match(/&lt;img/g)?.length).toBeGreaterThan(5);
  expect(flexdeploy).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(slack + flexdeploy).not.toMatch(/<img|javascript:/);
});

it('shows a thread below its message, and a dialog to the person whom it is for', async () => {
  const clicks = await FakeIngestion.start();
  const other = await startSandbox({ INGESTION_URL: clicks.url });
  const slack = other.slack();
  const post = { channel: 'C0ESCALATIONS', text: 'x', blocks: APPROVAL };
  const { ts = '' } = await slack.chat.postMessage(post);
  await slack.chat.postMessage({ channel: 'C0ESCALATIONS', text: 'still waits', thread_ts: ts });
  await other.call('POST', `api/slack/messages/${ts}/click`, { action_id: 'reject' });
  const view = {
    type: 'modal' as const,
    title: { type: 'plain_text' as const, text: '<img src=x>' },
    blocks: [],
    submit: { type: 'plain_text' as const, text: 'Reject' },
  };
  const trigger_id = String(payloadOf(clicks.received[0])['trigger_id']);
  await slack.views.open({ trigger_id, view });
  const { slack: column, dialogs } = await shown(() => true, other);
  expect(column).toContain('#escalations');
  expect(column.match(/class="message"/g)).toHaveLength(1);
  expect(column).toContain('still waits');
  expect(dialogs).toMatchObject([{ user: 'U0ANNA', markup: expect.stringContaining('&lt;img src=x&gt;') }]);
  await other.stop();
  await clicks.stop();
});

it('ends its event streams when the service stops, so that stopping does not wait for open pages', async () => {
  const other = await startSandbox();
  const response = await fetch(`${other.url}/sandbox/events`);
  const reader = response.body?.getReader();
  await reader?.read();
  const ended = (async () => {
    while ((await reader?.read())?.done === false);
    return true;
  })();
  await other.stop();
  expect(await ended).toBe(true);
});
