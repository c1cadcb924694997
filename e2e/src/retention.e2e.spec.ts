/** Instances that have ended go by themselves when their time is over. */
import { AuditTable } from './support/audit-table';
import { eventually } from '@countersign/testing';
import { Management } from './support/management';
import { QUERY_SERVICES, QueryClient } from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

const RETENTION_SECONDS = 3;

let stack: TestStack;
let client: QueryClient;
let management: Management;
beforeAll(async () => {
  const env = { RETENTION_DAYS: String(RETENTION_SECONDS / (24 * 3600)) };
  stack = await startTestStack({ services: QUERY_SERVICES, env });
  client = new QueryClient(stack);
  management = new Management(stack);
  const table = new AuditTable(stack);
  await table.create();
  await table.add('2021-10-11', ['ann', 'ben']);
});
afterAll(() => stack?.dispose());

const RANGE = 's=10/10/2021&e=12/10/2021';
const gone = (id: string) =>
  eventually(
    () => client.status(id),
    ({ status }) => status === 404,
  );

it('purges what has ended, for everybody, and nothing that waits', async () => {
  const done = await client.submitted(RANGE);
  expect((await client.ended(done)).body).toMatchObject({ status: 'Completed', result: 2 });
  expect((await management.ask('GET', '/instances')).body).toMatchObject([{ instanceId: done }]);
  await stack.kill('query-worker', 'SIGSTOP');
  const [waiting, suspended, terminated] = [
    await client.submitted(RANGE),
    await client.submitted(RANGE),
    await client.submitted(RANGE),
  ];
  expect((await management.post(suspended, 'suspend')).status).toBe(202);
  expect((await management.post(terminated, 'terminate')).status).toBe(202);

  await Promise.all([gone(done), gone(terminated)]);

  for (const id of [done, terminated]) {
    expect((await management.ask('GET', `/instances/${id}`)).status).toBe(404);
    expect((await client.request('GET', `/api/operations/${id}`)).status).toBe(404);
  }
  // Those that wait are older than the retention by now, and as they were.
  const { body: list } = await management.ask('GET', '/instances');
  expect(list).toMatchObject([
    { instanceId: waiting, runtimeStatus: 'Running' },
    { instanceId: suspended, runtimeStatus: 'Suspended' },
  ]);
  await stack.kill('query-worker', 'SIGCONT');
  expect((await management.post(suspended, 'resume')).status).toBe(202);
  for (const { body } of await Promise.all([client.ended(waiting), client.ended(suspended)]))
    expect(body).toMatchObject({ status: 'Completed', result: 2 });
});
