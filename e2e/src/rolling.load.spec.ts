/**
 * A rolling restart of every service, two processes of each, while everything is used: new processes take over before
 * old ones go, as Kubernetes rolls a Deployment.
 *
 * Fails when processes are killed and not told to go (ManagedProcess.stop): with requests that nobody answered, and with
 * messages that came again after `ack_wait`. Fails with a shard that changes hands by itself when its coordinator does not
 * ask for messages often enough (PIN_RENEWAL).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countDistinct, streamName, workerConsumer } from '@countersign/contracts';
import { AuditTable, distinctPeople } from './support/audit-table';
import { Deliveries } from './support/deliveries';
import { eventually } from '@countersign/testing';
import { Journals } from './support/journals';
import { type Decided, Load } from './support/load';
import { type FlexDeployTask, isClosed, Office } from './support/office';
import { QueryClient } from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

/** What is rolled at the same time, one round after the other: everything but the sandbox, which is no part of the product. */
const ROUNDS = [
  ['query-worker', 'token-store'],
  ['saga-coordinator'],
  ['ingestion'],
  ['status-api'],
  ['slack-notifier', 'talk-reviewer'],
  ['flexdeploy-adapter', 'push-notifier'],
  ['file-store', 'mail-notifier'],
] as const;
const REPLICAS = 2;
/** What the queries of the load count, in a moment. */
const FIRST = '2021-10-01';
const LAST = '2021-10-20';
/** All sample rows, read one by one, take longer than to roll their worker: they have to be given back. */
const LONG = { first: '2021-10-01', last: '2021-12-31' };
const ROW_BY_ROW = { PAGE_ROWS: '1', PARALLEL_READS: '1' };
const FEW = 4;

interface Refused {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

let stack: TestStack;
let office: Office;
let queries: QueryClient;
let journals: Journals;
let deliveries: Deliveries;
/** Answers that say that the service failed or was not there. */
const refused: Refused[] = [];

beforeAll(async () => {
  stack = await startTestStack({
    replicas: REPLICAS,
    sampleRows: true,
    env: { SLACK_APP_TOKEN: 'xapp-of-this-test', ...ROW_BY_ROW },
    onAnswer: (answer) => answer.status >= 500 && refused.push(answer),
  });
  office = new Office(stack.url);
  queries = new QueryClient(stack);
  journals = await Journals.open(stack);
  deliveries = await Deliveries.watch(stack, streamName(0));
});
afterAll(async () => {
  await deliveries?.close();
  await journals?.close();
  await stack?.dispose();
});

/** As a browser's EventSource: connects again whenever a stream ends, until it is told that nothing more comes. */
async function followed(id: string): Promise<{ stages: unknown[]; connections: number }> {
  const stages: unknown[] = [];
  let last: string | undefined;
  for (let connections = 1; ; connections++)
    for await (const event of queries.events(id, last)) {
      if (event.type === 'end') return { stages, connections };
      last = event.id;
      stages.push((event.data.customStatus as { stage: string } | null)?.stage);
    }
}

/** @returns the id of a query that a worker has begun */
async function submittedLong(): Promise<string> {
  const id = await queries.submitted(`s=${LONG.first}&e=${LONG.last}`);
  await eventually(
    () => queries.status(id),
    ({ body }) => body.progress !== undefined,
  );
  return id;
}

/** What became of a decision, in Countersign, in FlexDeploy and in Slack. */
async function summary({ taskId, id }: Decided, tasks: ReadonlyMap<string, FlexDeployTask>) {
  const journal = await journals.of(id);
  const messages = await office.messagesOf(id);
  return {
    taskId,
    result: (journal?.last.result as { kind: string } | undefined)?.kind,
    calls: tasks.get(taskId)?.calls.map(({ action, status }) => ({ action, status })),
    messages: messages.map(isClosed),
  };
}

const expected = ({ taskId, action }: Decided) => ({
  taskId,
  result: action === 'approve' ? 'approved' : 'rejected',
  calls: [{ action, status: 200 }],
  messages: [true],
});

it('replaces every process while everything is used, and nobody notices', async () => {
  const rows = await new AuditTable(stack).rows(LONG.first, LONG.last);
  const load = new Load(stack, `s=${FIRST}&e=${LAST}`, distinctPeople(rows, FIRST, LAST));
  const waiting = await office.raised('waits-for-all-of-it');
  const follower = followed(waiting.id);
  const work = load.run();
  const begun = eventually(
    async () => load.decided.length,
    (count) => count >= FEW,
  );
  await Promise.race([begun, work]);
  const long = await Promise.all(Array.from({ length: REPLICAS }, () => submittedLong()));

  const endings: Awaited<ReturnType<TestStack['roll']>> = [];
  for (const round of ROUNDS) {
    const rolled = Promise.all(round.map((name) => stack.roll(name)));
    await Promise.race([rolled, work]);
    endings.push(...(await rolled).flat());
  }
  load.stop();
  await work;
  await office.click(waiting.message, { action: 'approve' });
  const decided: Decided[] = [
    ...load.decided,
    { ...waiting, taskId: 'waits-for-all-of-it', action: 'approve' },
  ];
  const { stages, connections } = await follower;
  const counted = await Promise.all(long.map((id) => queries.ended(id)));
  await eventually(
    () => deliveries.inHand(),
    (count) => count === 0,
  );

  expect(endings).toEqual(
    ROUNDS.flat().flatMap((name) =>
      Array.from({ length: REPLICAS }, () => ({ name, code: 0, signal: null })),
    ),
  );
  expect(refused).toEqual([]);
  // An event stream ends with its process, and goes on where it was.
  expect([...new Set(stages)]).toEqual(['waiting', 'deciding', 'decided']);
  expect(connections).toBeGreaterThan(1);
  // No message waited for a process that had gone; what was long was given back, and the shard handed over.
  expect(deliveries.waitedFor).toEqual([]);
  expect(deliveries.givenBack.get(workerConsumer(countDistinct.queue))).toBeGreaterThan(0);
  const people = distinctPeople(rows, LONG.first, LONG.last);
  expect(counted.map(({ body }) => body.result)).toEqual(long.map(() => people));
  expect(deliveries.unpinned).toContain('admin');
  expect(deliveries.unpinned).not.toContain('timeout');
  // Everybody did what they could in the meantime.
  expect(Object.values(load.done).every((count) => count > 0)).toBe(true);
  expect(decided.length).toBeGreaterThan(FEW * ROUNDS.length);
  const tasks = new Map((await office.tasks()).map((task) => [task.taskId, task]));
  expect(await Promise.all(decided.map((each) => summary(each, tasks)))).toEqual(decided.map(expected));
  expect(await journals.parked()).toEqual([]);
  const log = await readFile(join(stack.logs, 'saga-coordinator.log'), 'utf8');
  expect(log).not.toMatch(/"msg":"(ghost|undecodable|parked)/);
}, 240_000);
