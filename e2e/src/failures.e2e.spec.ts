/** FlexDeploy and Slack out of order while everything of ours runs. */
import { eventually } from '@countersign/testing';
import { ANNA, isClosed, Office, wordsOf } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
});
afterEach(async () => {
  for (const name of ['flexdeploy-adapter', 'slack-notifier'] as const)
    if (stack.pids[name] === undefined) await stack.restart(name);
  for (const target of ['slack', 'flexdeploy'] as const) await office.fault({ target, mode: 'off' });
});
afterAll(() => stack?.dispose());

const reached = (id: string, stage: string) =>
  eventually(
    () => office.status(id),
    ({ customStatus }) => customStatus?.stage === stage,
  );
const deciding = (id: string) => reached(id, 'deciding');

it.each(['down', 'error', 'rate-limit'] as const)(
  'delivers the decision once FlexDeploy is back (%s), also when the adapter was restarted meanwhile',
  async (mode) => {
    const taskId = `flexdeploy-${mode}`;
    const { id, message } = await office.raised(taskId);
    await office.fault({ target: 'flexdeploy', mode });
    await office.click(message, { action: 'approve', user: ANNA });
    await deciding(id);
    await office.faultMet('flexdeploy', 2);
    await stack.restart('flexdeploy-adapter');
    await office.faultMet('flexdeploy', 3);
    expect(await office.status(id)).toMatchObject({ status: 'Running', customStatus: { stage: 'deciding' } });
    expect(await office.task(taskId)).toBeUndefined();

    await office.fault({ target: 'flexdeploy', mode: 'off' });
    expect(await office.ended(id)).toMatchObject({
      status: 'Completed',
      result: { kind: 'approved', by: ANNA },
    });
    expect(await office.task(taskId)).toMatchObject({ status: 'APPROVED', calls: [{ action: 'approve' }] });
    expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Approved by *Anna Lindqvist*');
  },
);

it('knows its own decision again when FlexDeploy carried it out but answered too late', async () => {
  const { id, message } = await office.raised('answer-lost');
  await office.fault({ target: 'flexdeploy', mode: 'slow' });
  await office.click(message, { action: 'approve', user: ANNA });
  await eventually(
    () => office.task('answer-lost'),
    ({ status }) => status === 'APPROVED',
  );
  await stack.kill('flexdeploy-adapter');
  await office.fault({ target: 'flexdeploy', mode: 'off' });
  await stack.restart('flexdeploy-adapter');
  expect(await office.ended(id, 60_000)).toMatchObject({
    status: 'Completed',
    result: { kind: 'approved', by: ANNA },
  });
  expect((await office.task('answer-lost'))?.calls.filter(({ status }) => status === 200)).toHaveLength(1);
});

it('fails clearly, in status and in Slack, when FlexDeploy says 401', async () => {
  const { id, message, token } = await office.raised('unauthorized');
  await office.fault({ target: 'flexdeploy', mode: 'unauthorized' });
  await office.click(message, { action: 'approve', user: ANNA });
  const status = await office.ended(id);
  expect(status).toMatchObject({
    status: 'Failed',
    error: { code: 'FlexDeployUnauthorized', message: expect.stringContaining('check FLEXDEPLOY_USER') },
  });
  const words = wordsOf(await office.messageOf(id, isClosed));
  expect(words).toContain('*Anna Lindqvist* decided, but the decision could not be delivered');
  expect(words).toContain('check FLEXDEPLOY_USER');
  expect((await office.request('POST', `/approvals/${token}`, { action: 'approve' })).status).toBe(409);
  expect(await office.task('unauthorized')).toBeUndefined();
  const asError = await office.request('GET', `/api/status/${id}?returnInternalServerErrorOnFailure=true`);
  expect(asError.status).toBe(500);
});

it.each(['down', 'error', 'rate-limit'] as const)(
  'posts once Slack is back (%s): one message',
  async (mode) => {
    const taskId = `slack-${mode}`;
    await office.fault({ target: 'slack', mode });
    const id = await office.started(taskId);
    // Only from the second attempt on is there something to post twice.
    await office.faultMet('slack', 2);
    expect(await office.messagesOf(id)).toEqual([]);
    await office.fault({ target: 'slack', mode: 'off' });
    const message = await office.messageOf(id);
    await office.click(message, { action: 'reject' });
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'rejected' } });
    expect(await office.messagesOf(id)).toHaveLength(1);
  },
);

it('posts one message although the notifier died after Slack had taken it', async () => {
  await office.fault({ target: 'slack', mode: 'slow' });
  const id = await office.started('notifier-died');
  await office.messageOf(id);
  await stack.kill('slack-notifier');
  await office.fault({ target: 'slack', mode: 'off' });
  await stack.restart('slack-notifier');
  const message = await office.messageOf(id);
  await office.click(message, { action: 'approve' });
  expect(await office.ended(id, 60_000)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
  expect(await office.messagesOf(id)).toHaveLength(1);
});

it('delivers a decision while Slack is down, and updates the message when it is back', async () => {
  const { id, message } = await office.raised('update-later');
  await office.fault({ target: 'slack', mode: 'down' });
  await office.click(message, { action: 'approve' });
  await eventually(
    () => office.task('update-later'),
    ({ status }) => status === 'APPROVED',
  );
  expect(await reached(id, 'decided')).toMatchObject({ status: 'Running' });
  await office.fault({ target: 'slack', mode: 'off' });
  expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
  await office.messageOf(id, isClosed);
});

it('fails with the reason and revokes the token when Slack refuses for good', async () => {
  await office.fault({ target: 'slack', mode: 'unauthorized' });
  const id = await office.started('slack-refuses');
  expect(await office.ended(id)).toMatchObject({
    status: 'Failed',
    error: { code: 'SlackRefused', message: expect.stringContaining('Check SLACK_BOT_TOKEN') },
  });
  expect(await office.messagesOf(id)).toEqual([]);
  expect(await office.task('slack-refuses')).toBeUndefined();
});
