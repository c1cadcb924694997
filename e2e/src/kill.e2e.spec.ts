/**
 * Every process is killed (-9), one after the other and then all at once, while approvals are on
 * their way. Only Azurite ends in order: it forgets its last seconds when it is killed, which is
 * another subject (tokens.e2e.spec.ts).
 *
 * Fails, with an approval that stays where it was, when a worker acknowledges its task before the
 * result is stored (TaskRunner.attempt).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@countersign/testing';
import { Office, type FlexDeployTask, type SlackMessage, type Status } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

const APPROVALS = 200;
/** Raised and clicked at once during each kill, beside the {@link APPROVALS} that are there from the start. */
const NEWCOMERS = 4;
/** So many are raised at the same time. */
const HANDS = 16;
/** A person looks at Slack this often, in milliseconds. */
const LOOK_MS = 150;
const SERVICES = [
  'ingestion',
  'saga-coordinator',
  'token-store',
  'slack-notifier',
  'flexdeploy-adapter',
  'status-api',
  'sandbox',
] as const;
const ALL = [...SERVICES, 'nats-server'] as const;
/** What dies together, one round after the other. */
const ROUNDS: readonly (readonly (typeof ALL)[number][])[] = [...ALL.map((name) => [name]), ALL];
/** All that is asked of the product, kills included, is done by then. */
const PATIENCE_MS = 150_000;

interface Approval {
  readonly taskId: string;
  readonly action: 'approve' | 'reject';
}

const approvals = (name: string, count: number): Approval[] =>
  Array.from({ length: count }, (_, i) => ({
    taskId: `${name}-${i}`,
    action: i % 4 < 2 ? 'approve' : 'reject',
  }));

let stack: TestStack;
let office: Office;
/** By task: the instance, once its start was accepted. */
const ids = new Map<string, string>();
/** By instance. */
const messages = new Map<string, SlackMessage>();
/** Accepted instances that the status was once denied of. */
const denied: string[] = [];
let watching = true;

beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
});
afterAll(async () => {
  watching = false;
  await stack?.dispose();
});

/** As a client does that wants its task raised once: the same key until there is an answer. */
async function raise({ taskId }: Approval): Promise<void> {
  const input = { taskid: taskId, description: `Release ${taskId} goes to PROD` };
  const answer = await eventually(
    () => office.start(input, { 'Idempotency-Key': taskId }),
    ({ status }) => status < 500,
    PATIENCE_MS,
  );
  expect(answer).toMatchObject({ status: 202 });
  const { id } = answer.body as { id: string };
  ids.set(taskId, id);
  const status = await office.request('GET', `/api/status/${id}`).catch(() => undefined);
  if (status?.status === 404) denied.push(id);
}

/** As a person does: waits for the message, and presses again while Slack says that it did not work. */
async function decide({ taskId, action }: Approval): Promise<void> {
  const message = await eventually(
    () => Promise.resolve(messages.get(ids.get(taskId) ?? '')),
    undefined,
    PATIENCE_MS,
  );
  await eventually(
    () => office.click(message, { action }),
    (answers) => answers.every(({ status }) => status === 200),
    PATIENCE_MS,
  );
}

async function raiseAll(all: readonly Approval[]): Promise<void> {
  const left = [...all];
  const hand = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await raise(next);
  };
  await Promise.all(Array.from({ length: HANDS }, hand));
}

/** Looks into Slack, and asks for statuses that must exist, for as long as the spec goes on. */
async function watch(): Promise<void> {
  for (; watching; await pause(LOOK_MS)) {
    const seen = await office.messages().catch(() => []);
    for (const message of seen) messages.set(message.metadata.event_payload.instance_id, message);
    const accepted = [...ids.values()];
    const id = accepted[Math.floor(Math.random() * accepted.length)];
    const answer = id && (await office.request('GET', `/api/status/${id}`).catch(() => undefined));
    if (answer && answer.status === 404) denied.push(id);
  }
}

/** Azurite ends in order while it is its turn; everything else is killed. */
async function killAndRestart(victims: readonly (typeof ALL)[number][]): Promise<void> {
  const everything = victims.length > 1;
  await Promise.all([
    ...victims.map((name) => stack.kill(name)),
    ...(everything ? [stack.kill('azurite', 'SIGTERM')] : []),
  ]);
  const services = victims.filter((name) => name !== 'nats-server');
  const restart = (names: readonly Parameters<typeof stack.restart>[0][]) =>
    Promise.all(names.map((name) => stack.restart(name)));
  if (everything || victims.includes('nats-server')) await restart(['nats-server']);
  if (everything || victims.includes('token-store')) await restart(['azurite']);
  await restart(services);
}

it(`loses none of ${APPROVALS} approvals and decides none twice, whatever is killed`, async () => {
  const waiting = approvals('kill', APPROVALS);
  // Nobody clicks on these: nothing may decide them.
  const untouched = approvals('untouched', 10);
  const newcomers: Approval[] = [];
  const watcher = watch();
  const work: Promise<void>[] = [raiseAll([...untouched, ...waiting])];
  await eventually(
    () => Promise.resolve(messages.size),
    (size) => size >= 20,
  );

  // Half of them wait for the last round, in which everything dies.
  const share = Math.floor(APPROVALS / 2 / (ROUNDS.length - 1));
  for (const [round, victims] of ROUNDS.entries()) {
    const arrived = approvals(`new-${round}`, NEWCOMERS);
    newcomers.push(...arrived);
    work.push(...arrived.map((approval) => raise(approval).then(() => decide(approval))));
    const [first, ...clicked] = waiting.slice(
      round * share,
      victims === ALL ? undefined : (round + 1) * share,
    );
    // Half of the clicks come before the kill, and one of them is known to be stored; half while the victims are dead.
    const early = clicked.filter((_, i) => i % 2 === 0);
    work.push(...early.map(decide));
    if (first) await decide(first);
    const killed = killAndRestart(victims);
    work.push(...clicked.filter((each) => !early.includes(each)).map(decide));
    await killed;
  }

  const decided = [...waiting, ...newcomers];
  await Promise.all(work);
  const outcomes: Status[] = [];
  for (const { taskId } of decided) outcomes.push(await office.ended(ids.get(taskId) ?? '', PATIENCE_MS));

  watching = false;
  await watcher;

  expect(denied).toEqual([]);
  expect(new Set(ids.values()).size).toBe(decided.length + untouched.length);
  const tasks = new Map((await office.tasks()).map((task) => [task.taskId, task]));
  expect(decided.map(({ taskId }, i) => summary(taskId, outcomes[i], tasks.get(taskId)))).toEqual(
    decided.map(expected),
  );
  for (const { taskId } of untouched) {
    expect(tasks.get(taskId)).toBeUndefined();
    expect(await office.status(ids.get(taskId) ?? '')).toMatchObject({
      status: 'Running',
      customStatus: { stage: 'waiting' },
    });
  }
  const posted = (await office.messages()).map(({ metadata }) => metadata.event_payload.instance_id);
  expect(posted.toSorted()).toEqual([...ids.values()].toSorted());
}, 300_000);

/** FlexDeploy may be told the same twice (its answer may be lost); what it did is what was clicked, once. */
function summary(taskId: string, outcome?: Status, task?: FlexDeployTask) {
  const calls = task?.calls ?? [];
  return {
    taskId,
    status: outcome?.status,
    result: outcome?.result?.kind,
    task: task?.status,
    asked: [...new Set(calls.map(({ action }) => action))],
    applied: calls.filter(({ status }) => status === 200).length,
  };
}

const expected = ({ taskId, action }: Approval) => ({
  taskId,
  status: 'Completed',
  result: action === 'approve' ? 'approved' : 'rejected',
  task: action === 'approve' ? 'APPROVED' : 'REJECTED',
  asked: [action],
  applied: 1,
});
