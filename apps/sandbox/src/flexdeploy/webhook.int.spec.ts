import type { FakeIngestion } from '../testing/fake-ingestion';
import { type RunningSandbox, startWithIngestion, WEBHOOK_SECRET } from '../testing/start-sandbox';

const LOCATION = 'https://countersign.example/api/status/abc';
const TAKEN = { status: 202, body: '{"id":"abc"}', headers: { location: LOCATION } };

let ingestion: FakeIngestion;
let sandbox: RunningSandbox;
beforeAll(async () => {
  ({ ingestion, sandbox } = await startWithIngestion());
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  await sandbox.call('POST', 'api/reset');
  ingestion.reset(TAKEN);
});

const TASK = {
  taskId: '8900',
  description: 'Deploy',
  environment: 'PROD',
  project: 'DiPocket',
  requestedBy: 'ada.okafor',
};
const raise = (more: object = {}) =>
  sandbox.call('POST', 'api/flexdeploy/tasks', { ...TASK, notify: 'webhook', ...more });
const decide = (body: object) => sandbox.call('POST', 'api/flexdeploy/tasks/8900/decide', body);
const eventAt = (index: number) =>
  JSON.parse(ingestion.received.at(index)?.body ?? 'null') as Record<string, unknown>;

interface Sending {
  readonly event: string;
  readonly attempt: number;
  readonly answer: { readonly status: number };
}

/** Resolves when the webhook made that attempt; gives all of them. */
const sent = (attempt: number) =>
  sandbox.until('api/flexdeploy/tasks', (tasks) => {
    const sendings = (tasks as { sent: Sending[] }[])[0]?.sent ?? [];
    return sendings.some((each) => each.attempt === attempt) ? sendings : undefined;
  });

it('tells of a new task in the vendor’s envelope, with the shared secret', async () => {
  expect((await raise()).body).toMatchObject({
    taskId: '8900',
    environmentName: 'PROD',
    raised: { status: 202, location: LOCATION },
  });
  expect(ingestion.received).toMatchObject([
    {
      method: 'POST',
      path: '/flexdeploy/webhook',
      headers: { 'content-type': 'application/json', 'x-flexdeploy-secret': WEBHOOK_SECRET },
    },
  ]);
  expect(eventAt(0)).toEqual({
    eventType: 'Task Created',
    actor: 'ada.okafor',
    object: 'Task',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}$/),
    payload: {
      taskId: 8900,
      description: 'Deploy',
      environmentName: 'PROD',
      projectName: 'DiPocket',
      requestedBy: 'ada.okafor',
      status: 'PENDING',
    },
  });
});

it.each([
  ['approve', 'Task Approved', 'APPROVED'],
  ['reject', 'Task Rejected', 'REJECTED'],
])('tells when somebody does %s in FlexDeploy itself', async (action, eventType, status) => {
  await raise();
  expect((await decide({ action, by: 'fdadmin' })).body).toMatchObject({ status, decidedBy: 'fdadmin' });
  expect(eventAt(1)).toMatchObject({ eventType, actor: 'fdadmin', payload: { taskId: 8900, status } });
});

it('does not tell of tasks that it did not tell of before', async () => {
  await raise({ notify: false });
  await decide({ action: 'approve' });
  expect(ingestion.received).toEqual([]);
});

it('does not tell twice of one decision', async () => {
  await raise();
  const answers = await Promise.all([decide({ action: 'approve' }), decide({ action: 'reject' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(ingestion.received).toHaveLength(2);
});

it('tells again what was not taken, the same, until it is', async () => {
  ingestion.answer = { status: 503, body: '' };
  expect((await raise()).body).toMatchObject({ raised: { status: 503 } });
  ingestion.answer = TAKEN;
  expect(await sent(2)).toMatchObject([
    { event: 'Task Created', attempt: 1, answer: { status: 503 } },
    { event: 'Task Created', attempt: 2, answer: { status: 202 } },
  ]);
  const [first, second] = ingestion.received;
  expect(second?.body).toBe(first?.body);
  const { body } = await sandbox.call('GET', 'api/flexdeploy/tasks');
  expect(body).toMatchObject([{ raised: { status: 202, location: LOCATION } }]);
});

const taskIds = () => ingestion.received.map((_, i) => (eventAt(i)['payload'] as { taskId: number }).taskId);

/** When this one's second attempt is made, one of an earlier task would have been made too. */
async function raisedTwice(): Promise<void> {
  ingestion.answer = { status: 503, body: '' };
  await raise({ taskId: '8901' });
  ingestion.answer = TAKEN;
  await sandbox.until('api/flexdeploy/tasks', (tasks) =>
    (tasks as { sent: Sending[] }[]).flatMap((task) => task.sent).find(({ attempt }) => attempt === 2),
  );
}

it('does not tell again what will never be taken', async () => {
  ingestion.answer = { status: 400, body: 'no' };
  await raise();
  await raisedTwice();
  expect(taskIds()).toEqual([8900, 8901, 8901]);
});

it('gives up what it still had to tell when everything is forgotten', async () => {
  ingestion.answer = { status: 503, body: '' };
  await raise();
  await sandbox.call('POST', 'api/reset');
  await raisedTwice();
  expect(taskIds()).toEqual([8900, 8901, 8901]);
});
