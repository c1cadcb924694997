/** FlexDeploy tells by its webhook what becomes of tasks, with every process running. */
import { eventually } from '@countersign/testing';
import { ANNA, isClosed, Office, type SlackMessage, wordsOf } from './support/office';
import type { Answer } from './support/request';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
});
afterAll(() => stack?.dispose());

/** As FlexDeploy writes it. */
const envelope = (eventType: string, taskId: string, more: object = {}) => ({
  eventType,
  actor: 'fdadmin',
  object: 'Task',
  timestamp: '2026-10-18 05:45:44 -0500',
  payload: { taskId, description: `Release ${taskId} goes to PROD`, environmentName: 'PROD', ...more },
});

const send = (
  body: unknown,
  secret: string | undefined = stack.keys.flexdeployWebhookSecret,
): Promise<Answer> =>
  office.request(
    'POST',
    '/flexdeploy/webhook',
    body,
    secret === undefined ? {} : { 'x-flexdeploy-secret': secret },
  );

/** Enters a task in FlexDeploy, whose own webhook tells of it and of what becomes of it. */
const enter = (taskId: string, more: object = {}): Promise<Answer> =>
  office.request('POST', '/sandbox/api/flexdeploy/tasks', {
    taskId,
    description: `Release ${taskId} goes to PROD`,
    notify: 'webhook',
    ...more,
  });

const messagesAbout = async (taskId: string): Promise<SlackMessage[]> =>
  (await office.messages()).filter((message) => wordsOf(message).includes(`Release ${taskId} goes to PROD`));

/** The message about a task, once it is there and as `accept` wants it. */
const messageAbout = (taskId: string, accept?: (message: SlackMessage) => boolean): Promise<SlackMessage> =>
  eventually(async () => (await messagesAbout(taskId))[0], accept);

const idIn = ({ metadata }: SlackMessage): string => metadata.event_payload.instance_id;

describe('a task that FlexDeploy tells of', () => {
  it('is asked for in Slack with what FlexDeploy says of it, and the decision goes back', async () => {
    await enter('told', { environment: 'PROD-EU', project: 'DiPocket', requestedBy: 'jdoe' });
    const message = await messageAbout('told');
    for (const fact of ['PROD-EU', 'DiPocket', 'jdoe']) expect(wordsOf(message)).toContain(fact);
    await office.click(message, { action: 'approve', user: ANNA });
    expect(await office.ended(idIn(message))).toMatchObject({
      status: 'Completed',
      result: { taskId: 'told', kind: 'approved', by: ANNA },
    });
    expect(await office.task('told')).toMatchObject({
      status: 'APPROVED',
      calls: [{ action: 'approve', status: 200 }],
    });
  });

  it('is one instance and one message, however often and at once it is told', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => send(envelope('Task Created', 'often'))),
    );
    answers.push(
      await send(envelope('Task Created', 'often', { description: 'Release often goes to PROD again' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202));
    const locations = new Set(answers.map(({ headers }) => headers.get('location')));
    expect(locations.size).toBe(1);
    const message = await messageAbout('often');
    expect([...locations]).toEqual([`${stack.url}/api/status/${idIn(message)}`]);
    await office.click(message, { action: 'reject' });
    await office.ended(idIn(message));
    // Told once more: it has ended, and stays so.
    expect((await send(envelope('Task Created', 'often'))).headers.get('location')).toBe([...locations][0]);
    expect(await messagesAbout('often')).toHaveLength(1);
    expect((await office.task('often'))?.calls).toHaveLength(1);
  });

  it('is not lost when ingestion is down: FlexDeploy tells it again', async () => {
    await stack.kill('ingestion');
    await enter('patient');
    await stack.restart('ingestion');
    const message = await messageAbout('patient');
    await office.click(message, { action: 'approve' });
    await office.ended(idIn(message));
    expect(await messagesAbout('patient')).toHaveLength(1);
  });
});

describe("a task that is decided in FlexDeploy's own UI", () => {
  it('ends its instance and closes the message as soon as FlexDeploy tells so', async () => {
    await enter('elsewhere');
    const message = await messageAbout('elsewhere');
    // Nobody asks FlexDeploy by itself within five minutes.
    await office.decideInFlexDeploy('elsewhere', 'reject');
    expect(await office.ended(idIn(message))).toMatchObject({
      status: 'Completed',
      result: { kind: 'reconciled', note: 'REJECTED' },
    });
    const closed = await messageAbout('elsewhere', isClosed);
    expect(wordsOf(closed)).toMatch(/FlexDeploy|elsewhere/);
    expect((await office.task('elsewhere'))?.calls).toHaveLength(1);
  });

  it('before it was told of at all ends as soon as that comes', async () => {
    await office.createTask('overtaken');
    await office.decideInFlexDeploy('overtaken', 'approve');
    const early = await send(envelope('Task Approved', 'overtaken'));
    expect(early).toMatchObject({ status: 200, body: { ignored: expect.any(String) } });
    const { headers } = await send(envelope('Task Created', 'overtaken'));
    const id = headers.get('location')?.split('/').at(-1) ?? '';
    expect(await office.ended(id)).toMatchObject({ result: { kind: 'reconciled', note: 'APPROVED' } });
    await messageAbout('overtaken', isClosed);
  });

  it('is not believed to be decided because an event says so', async () => {
    await enter('pending');
    const message = await messageAbout('pending');
    expect((await send(envelope('Task Approved', 'pending'))).status).toBe(202);
    await office.click(message, { action: 'reject', user: ANNA });
    expect(await office.ended(idIn(message))).toMatchObject({ result: { kind: 'rejected', by: ANNA } });
  });
});

describe('what is not believed to be FlexDeploy', () => {
  it.each<[string, () => string | undefined, number]>([
    ['a wrong secret', () => 'not the secret of this stack', 401],
    ['an empty secret', () => '', 401],
    ['a system key', () => stack.keys.systemKey, 401],
  ])('with %s starts nothing', async (what, secret, status) => {
    const taskId = `forged ${what}`;
    const forged = envelope('Task Created', taskId, { description: 'Forged words' });
    expect((await send(forged, secret())).status).toBe(status);
    // The first start of a task is the one whose words people read.
    await send(envelope('Task Created', taskId));
    await messageAbout(taskId);
    expect((await office.messages()).map(wordsOf).join()).not.toContain('Forged words');
  });

  it.each<[string, unknown, number]>([
    ['no JSON', '{"eventType":', 400],
    ['a list', [], 400],
    ['no event', { hello: 'world' }, 400],
    ['a task without a number', { eventType: 'Task Created', payload: { description: 'x' } }, 400],
    ['a body of 1 MB', envelope('Task Created', 'large', { description: 'x'.repeat(2 ** 20) }), 413],
    ['an event of something else', envelope('Release Created', 'other'), 200],
  ])('or sends %s is answered, and starts nothing', async (_, body, status) => {
    const before = (await office.messages()).length;
    const answer = await send(body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('location')).toBeNull();
    expect(await office.messages()).toHaveLength(before);
  });
});
