/** Slack by Socket Mode, with every process running: nothing of Slack comes in by HTTP. */
import { eventually } from '@countersign/testing';
import { Management } from './support/management';
import { ANNA, BEN, type ClickAnswer, isClosed, Office, wordsOf } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

/** A dialog that somebody has open. */
interface View {
  readonly id: string;
  readonly user: { readonly id: string };
}

let stack: TestStack;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack({ env: { SLACK_APP_TOKEN: 'xapp-of-this-test' } });
  office = new Office(stack.url);
});
afterAll(() => stack?.dispose());

const BY_SOCKET = { status: 200, via: 'socket' };
const ask = async <T>(path: string): Promise<T> =>
  (await office.request('GET', `/sandbox/api/slack/${path}`)).body as T;
const tell = (path: string, body: object) => office.request('POST', `/sandbox/api/slack/${path}`, body);
const connections = async () => (await ask<{ connected: number }>('sockets')).connected;

it('decides while no request of Slack could come in at all', async () => {
  const { id, message } = await office.raised('by-socket');
  await stack.kill('ingestion');
  expect(await office.click(message, { action: 'approve', user: ANNA })).toMatchObject([BY_SOCKET]);
  expect(await office.ended(id)).toMatchObject({ result: { kind: 'approved', by: ANNA } });
  expect((await office.task('by-socket'))?.calls).toEqual([
    { action: 'approve', status: 200, at: expect.anything() },
  ]);
  await stack.restart('ingestion');
});

it('takes one decision of many simultaneous clicks', async () => {
  const { id, message } = await office.raised('many-by-socket');
  await Promise.all([
    office.click(message, { action: 'approve', user: ANNA, times: 5 }),
    office.click(message, { action: 'reject', user: BEN, times: 5 }),
  ]);
  await office.ended(id);
  expect((await office.task('many-by-socket'))?.calls).toHaveLength(1);
});

it('asks in a dialog why somebody rejects, and shows the reason', async () => {
  const started = await office.start({
    taskid: 'reason-by-socket',
    description: 'Release 7 goes to PROD',
    approval: { reasonOnReject: true },
  });
  const { id } = started.body as { id: string };
  const message = await office.messageOf(id);
  expect(await office.click(message, { action: 'reject', user: BEN })).toMatchObject([BY_SOCKET]);
  const dialog = await eventually(async () =>
    (await ask<View[]>('views')).find(({ user }) => user.id === BEN.id),
  );
  const submitted = await tell(`views/${dialog.id}/submit`, { reason: 'not on a Friday' });
  expect(submitted.body).toMatchObject({ answer: BY_SOCKET, open: false });
  const { result } = await office.ended(id);
  expect(result).toMatchObject({ kind: 'rejected', by: BEN, reason: 'not on a Friday' });
  expect(wordsOf(await office.messageOf(id, isClosed))).toContain('not on a Friday');
});

it('tells who comes too late, and nobody else, and keeps the click', async () => {
  const { id, message } = await office.raised('late-by-socket');
  await office.click(message, { action: 'approve', user: ANNA });
  await office.ended(id);
  expect(await office.click(message, { action: 'reject', user: BEN })).toMatchObject([BY_SOCKET]);
  const words = await eventually(async () =>
    (await ask<{ user: string; text: string }[]>('ephemeral')).find(({ user }) => user === BEN.id),
  );
  expect(words.text).toContain('Approved by Anna Lindqvist');
  expect((await office.task('late-by-socket'))?.calls).toHaveLength(1);
  const { body } = await new Management(stack).ask('GET', `/instances/${id}?showHistory=true&showInput=true`);
  expect((body as { historyEvents: unknown[] }).historyEvents).toContainEqual(
    expect.objectContaining({
      EventType: 'EventRaised',
      Outcome: 'late',
      Input: expect.objectContaining({ action: 'reject', by: BEN, channel: 'slack' }),
    }),
  );
});

it.each([{ reason: 'refresh_requested' }, { reason: 'warning' }, { abrupt: true }])(
  'connects again after the connection ended (%j)',
  async (how) => {
    const { id, message } = await office.raised(`again-${JSON.stringify(how)}`.replace(/\W/g, '-'));
    await tell('sockets/disconnect', how);
    const clicked = await eventually(
      async () =>
        (await office.click(message, { action: 'approve', user: ANNA }))[0] as ClickAnswer & { via: string },
      ({ status, via }) => status === 200 && via === 'socket',
    );
    expect(clicked).toMatchObject(BY_SOCKET);
    expect(await office.ended(id)).toMatchObject({ result: { kind: 'approved' } });
  },
);

it('a click that was acknowledged counts, although its notifier is killed at once', async () => {
  const { id, message } = await office.raised('killed-notifier');
  await stack.kill('saga-coordinator');
  expect(await office.click(message, { action: 'approve', user: ANNA })).toMatchObject([BY_SOCKET]);
  await stack.kill('slack-notifier');
  await eventually(connections, (count) => count === 0);
  await Promise.all([stack.restart('saga-coordinator'), stack.restart('slack-notifier')]);
  expect(await office.ended(id)).toMatchObject({ result: { kind: 'approved', by: ANNA } });
  expect((await office.task('killed-notifier'))?.calls).toHaveLength(1);
});

it('a click that JetStream cannot store is not acknowledged; once it can, one counts', async () => {
  const { id, message } = await office.raised('no-storage-by-socket');
  await stack.kill('nats-server');
  const [lost] = await office.click(message, { action: 'approve', user: ANNA });
  expect(lost).toMatchObject({ status: 0, via: 'socket' });
  await stack.restart('nats-server');
  await eventually(
    async () => (await office.click(message, { action: 'approve', user: ANNA }))[0]!,
    ({ status }) => status === 200,
  );
  expect(await office.ended(id)).toMatchObject({ result: { kind: 'approved', by: ANNA } });
  expect((await office.task('no-storage-by-socket'))?.calls).toHaveLength(1);
});
