/**
 * Three nats-servers with three copies of each stream: one is killed (-9) while approvals are on their way, twice the
 * one that leads the stream. What was accepted ends right, once, and the clients see nothing but a "try again".
 */
import { setTimeout as pause } from 'node:timers/promises';
import { streamName } from '@countersign/contracts';
import { JetStreamConnection } from '@countersign/jetstream';
import { eventually, type NatsCluster, type NatsServer, startNatsCluster } from '@countersign/testing';
import { Journals } from './support/journals';
import { Office, type SlackMessage } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

const SERVICES = [
  'saga-coordinator',
  'token-store',
  'slack-notifier',
  'flexdeploy-adapter',
  'status-api',
  'ingestion',
  'sandbox',
] as const;
const APPROVALS = 100;
/** So many are on their way at the same time. */
const HANDS = 10;
/** How many have been raised when something happens to a server. */
const [FIRST_KILL, FIRST_RETURN, SECOND_KILL, SECOND_RETURN] = [15, 40, 55, 80];
/** A person looks at Slack this often, in milliseconds. */
const LOOK_MS = 150;
const PATIENCE_MS = 90_000;

let cluster: NatsCluster;
let stack: TestStack;
let office: Office;
let observer: JetStreamConnection;
let watching = true;
let raised = 0;
/** By instance. */
const messages = new Map<string, SlackMessage>();
/** Accepted instances that the status was once denied of. */
const denied: string[] = [];

beforeAll(async () => {
  cluster = await startNatsCluster();
  const env = { NATS_URL: cluster.urls, DURABILITY: 'replicated' };
  stack = await startTestStack({ services: SERVICES, env });
  office = new Office(stack.url);
  observer = await JetStreamConnection.open({ servers: cluster.urls, name: 'e2e' });
});
afterAll(async () => {
  watching = false;
  await observer?.close();
  await stack?.dispose();
  await cluster?.stop();
});

/** The node that leads the stream of the instances, and has it with both others. */
const leader = (): Promise<NatsServer> =>
  eventually(async () => {
    const info = await observer.jsm.streams.info(streamName(0));
    const followers = info.cluster?.replicas?.filter(({ current }) => current) ?? [];
    return followers.length === 2
      ? cluster.nodes.find(({ name }) => name === info.cluster?.leader)
      : undefined;
  });

const reached = (count: number): Promise<number> =>
  eventually(
    () => Promise.resolve(raised),
    (now) => now >= count,
    PATIENCE_MS,
  );

async function watch(): Promise<void> {
  for (; watching; await pause(LOOK_MS)) {
    const seen = await office.messages().catch(() => []);
    for (const message of seen) messages.set(message.metadata.event_payload.instance_id, message);
  }
}

interface Approval {
  readonly taskId: string;
  readonly action: 'approve' | 'reject';
}

/** As clients do that want it once: the same key until there is an answer, the same click until Slack has its 200. */
async function carry({ taskId, action }: Approval) {
  const answer = await eventually(
    () => office.start({ taskid: taskId, description: `Release ${taskId}` }, { 'Idempotency-Key': taskId }),
    ({ status }) => status < 500,
    PATIENCE_MS,
  );
  expect(answer).toMatchObject({ status: 202 });
  const { id } = answer.body as { id: string };
  raised++;
  const status = await office.request('GET', `/api/status/${id}`);
  if (status.status === 404) denied.push(id);
  const message = await eventually(() => Promise.resolve(messages.get(id)), undefined, PATIENCE_MS);
  await eventually(
    () => office.click(message, { action }),
    (answers) => answers.every((each) => each.status === 200),
    PATIENCE_MS,
  );
  return { id, outcome: await office.ended(id, PATIENCE_MS) };
}

async function killAndReturn(count: number, until: number): Promise<void> {
  await reached(count);
  const victim = await leader();
  await victim.kill();
  await reached(until);
  await victim.restart();
}

it(`loses none of ${APPROVALS} approvals and decides none twice, while the leading server is killed`, async () => {
  const all = Array.from({ length: APPROVALS }, (_, i): Approval => {
    return { taskId: `cluster-${i}`, action: i % 2 === 0 ? 'approve' : 'reject' };
  });
  const watcher = watch();
  const results: Awaited<ReturnType<typeof carry>>[] = [];
  const left = [...all.entries()];
  const hand = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      results[next[0]] = await carry(next[1]);
  };
  const kills = async () => {
    await killAndReturn(FIRST_KILL, FIRST_RETURN);
    await killAndReturn(SECOND_KILL, SECOND_RETURN);
  };
  await Promise.all([kills(), ...Array.from({ length: HANDS }, hand)]);
  watching = false;
  await watcher;

  expect(denied).toEqual([]);
  expect(new Set(results.map(({ id }) => id)).size).toBe(APPROVALS);
  const tasks = new Map((await office.tasks()).map((task) => [task.taskId, task]));
  const told = all.map(({ taskId }, i) => {
    const calls = tasks.get(taskId)?.calls ?? [];
    const { status, result } = results[i]?.outcome ?? {};
    const applied = calls.filter((call) => call.status === 200).map((call) => call.action);
    return { taskId, status, kind: result?.kind, task: tasks.get(taskId)?.status, applied };
  });
  expect(told).toEqual(
    all.map(({ taskId, action }) => ({
      taskId,
      status: 'Completed',
      kind: action === 'approve' ? 'approved' : 'rejected',
      task: action === 'approve' ? 'APPROVED' : 'REJECTED',
      applied: [action],
    })),
  );
  const posted = (await office.messages()).map(({ metadata }) => metadata.event_payload.instance_id);
  expect(posted.toSorted()).toEqual(results.map(({ id }) => id).toSorted());
}, 240_000);

it('keeps three copies that agree, and journals that replay', async () => {
  await leader();
  const { config } = await observer.jsm.streams.info(streamName(0));
  expect(config.num_replicas).toBe(3);
  const journals = await Journals.open(stack);
  try {
    for (const id of messages.keys()) expect((await journals.of(id))?.last.status).toBe('Completed');
  } finally {
    await journals.close();
  }
});
