/** Clicks by Socket Mode into a real nats-server: nothing that Slack was told is stored gets lost. */
import { approvalSteps, eventually, type NatsServer, startNatsServer, until } from '@countersign/testing';
import { Logger } from '@nestjs/common';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { RunningNotifier } from '../testing/running-notifier';
import { ok, SlackStandIn } from '../testing/slack-stand-in';
import { SocketStandIn } from '../testing/socket-stand-in';

const { decided, stepWith } = approvalSteps;

let nats: NatsServer;
let slack: SlackStandIn;
let sockets: SocketStandIn;
const started: RunningNotifier[] = [];
beforeEach(async () => {
  nats = await startNatsServer();
  slack = await SlackStandIn.start();
  sockets = await SocketStandIn.start();
  slack.script('apps.connections.open', ok({ url: sockets.url }));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((notifier) => notifier.stop()));
  sockets.stop();
  await slack.stop();
  await nats.stop();
});

/** A replica whose socket is connected. */
async function notifier(): Promise<RunningNotifier> {
  const settings = { NATS_URL: nats.url, SLACK_API_URL: slack.url, SLACK_APP_TOKEN: 'xapp-test' };
  const running = await RunningNotifier.start(settings);
  started.push(running);
  await until(async () => (await running.readiness()).parts['socket'] === 'ready');
  return running;
}

const press = (token: string, more: object = {}) => ({
  type: 'block_actions',
  user: { id: 'U1', name: 'Jane' },
  trigger_id: '1.2.abc',
  actions: [{ action_id: 'approve', value: token, action_ts: '1700000000.000100' }],
  ...more,
});
const reasonFor = (token: string) => ({
  type: 'view_submission',
  user: { id: 'U1', name: 'Jane' },
  view: {
    id: 'V1',
    callback_id: 'countersign_reason',
    private_metadata: token,
    state: { values: { reason: { reason: { value: 'not on a Friday' } } } },
  },
});

it('a click is in JetStream when Slack gets its acknowledgement', async () => {
  const running = await notifier();
  const { id, token } = await running.waitingApproval('one-click');
  await sockets.deliver(press(token)).answer;
  expect(await running.events(id)).toEqual([
    {
      id: expect.any(String),
      action: 'approve',
      by: { id: 'U1', name: 'Jane' },
      channel: 'slack',
      triggerId: '1.2.abc',
    },
  ]);
});

describe('where traces are recorded', () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  });
  afterAll(() => {
    for (const api of [context, trace]) api.disable();
  });

  it('a click is a span that names its instance, and the event says that it came from there', async () => {
    const running = await notifier();
    const { id, token } = await running.waitingApproval('traced');
    const click = sockets.deliver(press(token));
    await click.answer;
    await until(() => exporter.getFinishedSpans().length > 0);
    const [span] = exporter.getFinishedSpans();
    expect(span).toMatchObject({ name: 'process slack socket-mode', kind: SpanKind.CONSUMER });
    expect(span?.attributes).toMatchObject({
      'countersign.instance.id': id,
      'messaging.message.id': click.id,
    });
    const { traceId, spanId } = span!.spanContext();
    expect(await running.eventTraces(id)).toEqual([`00-${traceId}-${spanId}-01`]);
  });
});

it('a reason from the dialog is a rejection, and closes the dialog', async () => {
  const running = await notifier();
  const { id, token } = await running.waitingApproval('reason');
  expect(await sockets.deliver(reasonFor(token)).answer).toMatchObject({ payload: {} });
  expect(await running.events(id)).toMatchObject([{ action: 'reject', reason: 'not on a Friday' }]);
});

it('a click that cannot be stored is not acknowledged; a dialog says so', async () => {
  const unacknowledged = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  const running = await notifier();
  const { token } = await running.waitingApproval('no-storage');
  await nats.kill();
  const click = sockets.deliver(press(token));
  const dialog = sockets.deliver(reasonFor(token));
  expect(await dialog.answer).toMatchObject({
    payload: {
      response_action: 'errors',
      errors: { reason: expect.stringContaining('could not be stored') },
    },
  });
  await until(() => unacknowledged.mock.calls.some(([text]) => text === 'a click is not acknowledged'));
  expect(sockets.isAcknowledged(click.id)).toBe(false);
  unacknowledged.mockRestore();
});

it('a click that Slack delivers to two replicas is one', async () => {
  const first = await notifier();
  const second = await notifier();
  const { id, token } = await first.waitingApproval('two-replicas');
  const connections = [await sockets.connection(1), await sockets.connection(2)];
  await Promise.all(connections.map((connection) => sockets.deliver(press(token), connection).answer));
  expect(await second.events(id)).toHaveLength(1);
});

it('who comes too late is told so, and the click is kept', async () => {
  const running = await notifier();
  const { id, token, hash } = await running.waitingApproval('late');
  const by = { id: 'U2', name: 'Ada' };
  await running.writeStep(id, stepWith(decided(hash, { action: 'approve', by })));
  await sockets.deliver(press(token, { response_url: `${slack.url}/response-url` })).answer;
  await until(() => slack.callsOf('response-url').length > 0);
  expect(slack.callsOf('response-url')[0]?.args).toMatchObject({
    response_type: 'ephemeral',
    text: expect.stringContaining('Approved by Ada on'),
  });
  expect(await sockets.deliver(reasonFor(token)).answer).toMatchObject({
    payload: { errors: { reason: expect.stringContaining('Approved by Ada on') } },
  });
  expect(await running.events(id)).toMatchObject([{ action: 'approve' }, { action: 'reject' }]);
});

it('without an app-level token there is no socket, and readiness does not ask for one', async () => {
  const running = await RunningNotifier.start({ NATS_URL: nats.url, SLACK_API_URL: slack.url });
  started.push(running);
  const answer = await eventually(
    () => running.readiness(),
    ({ status }) => status === 'ready',
  );
  expect(answer).toMatchObject({ parts: { nats: 'ready' } });
  expect(Object.keys(answer.parts)).not.toContain('socket');
  expect(slack.calls).toEqual([]);
});

it('something else than an app-level token is refused at boot', async () => {
  const settings = { NATS_URL: nats.url, SLACK_API_URL: slack.url, SLACK_APP_TOKEN: 'xoxb-wrong' };
  await expect(RunningNotifier.start(settings)).rejects.toThrow('SLACK_APP_TOKEN');
});
