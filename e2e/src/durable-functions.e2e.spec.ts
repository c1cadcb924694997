/** The client of Durable Functions manages instances, and notices nothing. */
import { createHash } from 'node:crypto';
import { decision } from '@countersign/contracts';
import { type DurableClient, OrchestrationRuntimeStatus as Runtime } from 'durable-functions';
import { durableClient } from './support/durable-client';
import { eventually } from '@countersign/testing';
import { Management } from './support/management';
import { ANNA, Office, tokenIn } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
let client: DurableClient;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
  client = durableClient(new Management(stack), stack.keys.systemKey);
});
afterAll(() => stack?.dispose());

const task = (taskid: string) => ({ taskid, description: `Release ${taskid} goes to PROD` });
const start = (taskid: string, instanceId?: string) =>
  client.startNew('NotifyOnTask', { input: task(taskid), ...(instanceId && { instanceId }) });
const reached = (id: string, ...statuses: Runtime[]) =>
  eventually(
    () => client.getStatus(id),
    ({ runtimeStatus }) => statuses.includes(runtimeStatus),
  );

it('starts, looks, raises the event that decides, and takes the output', async () => {
  const id = await start('by-event', 'chosen-id');
  expect(id).toBe('chosen-id');
  const message = await office.messageOf(id);
  const running = await client.getStatus(id, { showHistory: true, showHistoryOutput: true, showInput: true });
  expect(running).toMatchObject({
    name: 'NotifyOnTask',
    instanceId: id,
    runtimeStatus: Runtime.Running,
    input: task('by-event'),
    customStatus: { stage: 'waiting' },
  });
  expect(running.createdTime).toBeInstanceOf(Date);
  const hash = createHash('sha256').update(tokenIn(message)).digest('hex');
  await client.raiseEvent(id, decision.of(hash).name, { action: 'approve', by: ANNA, channel: 'operations' });
  const request = { url: `${stack.url}/api/start` } as Parameters<
    DurableClient['waitForCompletionOrCreateCheckStatusResponse']
  >[0];
  const answer = await client.waitForCompletionOrCreateCheckStatusResponse(request, id, {
    retryIntervalInMilliseconds: 50,
  });
  expect([answer.status, await answer.json()]).toMatchObject([200, { kind: 'approved', by: ANNA }]);
  // What came too late it takes for done.
  await client.raiseEvent(id, 'too-late', {});
  await client.terminate(id, 'too late');
  expect(await client.getStatus(id)).toMatchObject({ runtimeStatus: Runtime.Completed });
});

it('suspends, resumes and terminates', async () => {
  const id = await start('controls');
  await reached(id, Runtime.Running);
  await client.suspend(id, 'a freeze');
  expect(await client.getStatus(id)).toMatchObject({ runtimeStatus: Runtime.Suspended });
  await client.resume(id, 'over');
  expect(await client.getStatus(id)).toMatchObject({ runtimeStatus: Runtime.Running });
  await client.terminate(id, 'a mistake');
  expect(await client.getStatus(id)).toMatchObject({
    runtimeStatus: Runtime.Terminated,
    output: 'a mistake',
  });
  await expect(client.suspend('nobody', 'x')).rejects.toThrow("No instance with ID 'nobody'");
});

it('rewinds what failed, and is told when there is nothing to rewind', async () => {
  const id = await start('rewound');
  const message = await office.messageOf(id);
  await office.fault({ target: 'flexdeploy', mode: 'unauthorized' });
  await office.click(message, { action: 'approve', user: ANNA });
  await reached(id, Runtime.Failed);
  await office.fault({ target: 'flexdeploy', mode: 'off' });
  await client.rewind(id, 'mended');
  await reached(id, Runtime.Completed);
  expect((await office.task('rewound'))?.calls).toMatchObject([{ action: 'approve', status: 200 }]);
  await expect(client.rewind(id, 'again')).rejects.toThrow('410');
  await expect(client.rewind('nobody', 'x')).rejects.toThrow();
});

it('lists everything page by page, and by filter', async () => {
  const since = new Date();
  // More than one page of them.
  const started = await Promise.all(Array.from({ length: 120 }, (_, i) => start(`many-${i}`)));
  await Promise.all(started.slice(0, 2).map((id) => reached(id, Runtime.Running)));
  await Promise.all(started.slice(0, 2).map((id) => client.terminate(id, 'enough')));
  await Promise.all(started.map((id) => reached(id, Runtime.Running, Runtime.Terminated)));
  const ids = (list: readonly { instanceId: string }[]) => list.map(({ instanceId }) => instanceId).sort();
  expect(ids(await client.getStatusAll())).toEqual(expect.arrayContaining(started));
  expect(ids(await client.getStatusBy({ createdTimeFrom: since }))).toEqual(started.toSorted());
  const filter = { createdTimeFrom: since, runtimeStatus: [Runtime.Terminated] };
  expect(ids(await client.getStatusBy(filter))).toEqual(started.slice(0, 2).sort());
});

it('purges one, and those that a filter selects', async () => {
  const since = new Date();
  const ids = await Promise.all(['p1', 'p2', 'p3'].map((taskid) => start(taskid)));
  await Promise.all(ids.map((id) => reached(id, Runtime.Running)));
  await Promise.all(ids.map((id) => client.terminate(id, 'enough')));
  expect(await client.purgeInstanceHistory(ids[0] ?? '')).toEqual({ instancesDeleted: 1 });
  expect(await client.purgeInstanceHistory(ids[0] ?? '')).toMatchObject({ instancesDeleted: 0 });
  await expect(client.getStatus(ids[0] ?? '')).rejects.toThrow('404');
  const filter = { createdTimeFrom: since, runtimeStatus: [Runtime.Terminated] };
  expect(await client.purgeInstanceHistoryBy(filter)).toEqual({ instancesDeleted: 2 });
  expect(await client.purgeInstanceHistoryBy(filter)).toMatchObject({ instancesDeleted: 0 });
});
