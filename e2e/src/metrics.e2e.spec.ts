/** Every service as Prometheus sees it, before and after a decision, and while something is wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serviceNames, type ServiceName } from '@countersign/contracts';
import { eventually } from '@countersign/testing';
import { scrape, sumOf, type Series } from './support/metrics';
import { ANNA, Office } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
});
afterAll(() => stack?.dispose());

const seen = (service: ServiceName): Promise<Series[]> => scrape(stack.urls[`${service}/metrics`]);
const valueOf = async (service: ServiceName, name: string, labels: Series['labels'] = {}) =>
  sumOf(await seen(service), name, labels);

const decide = async (taskId: string): Promise<void> => {
  const { id, message } = await office.raised(taskId);
  await office.click(message, { action: 'approve', user: ANNA });
  await office.ended(id);
};

it('every service says what it is, that it is ready and connected, and how its process fares', async () => {
  for (const service of serviceNames) {
    const series = await seen(service);
    expect([service, sumOf(series, 'countersign_build_info', { service })]).toEqual([service, 1]);
    expect([service, sumOf(series, 'countersign_ready', { part: 'service' })]).toEqual([service, 1]);
    expect([service, sumOf(series, 'countersign_nats_connected')]).toEqual([service, 1]);
    expect(sumOf(series, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  }
});

it('nothing of it is where the API is, and the gateway shows it to people on this machine', async () => {
  for (const service of serviceNames) {
    expect((await fetch(`${stack.urls[service]}/metrics`)).status).toBe(404);
    expect(await (await fetch(`${stack.url}/metrics/${service}`)).text()).toContain(`service="${service}"`);
  }
});

it('a decision moves what tells of it, from the request to FlexDeploy', async () => {
  const moving: Record<string, [ServiceName, string, Series['labels']]> = {
    request: [
      'ingestion',
      'http_server_request_duration_seconds_count',
      { method: 'POST', route: '/api/orchestrators/:workflow', status: '202' },
    ],
    started: ['saga-coordinator', 'countersign_instances_started_total', { workflow: 'NotifyOnTask' }],
    ended: [
      'saga-coordinator',
      'countersign_instances_ended_total',
      { workflow: 'NotifyOnTask', status: 'Completed' },
    ],
    steps: ['saga-coordinator', 'countersign_steps_total', { workflow: 'NotifyOnTask' }],
    inputs: ['saga-coordinator', 'countersign_input_latency_seconds_count', { type: 'event' }],
    humans: ['saga-coordinator', 'countersign_event_wait_seconds_count', { event: 'decision' }],
    machines: [
      'saga-coordinator',
      'countersign_event_reaction_seconds_count',
      { event: 'decision', activity: 'flexdeploy.approveTask' },
    ],
    posted: [
      'slack-notifier',
      'countersign_activity_attempts_total',
      { activity: 'slack.postApproval', outcome: 'completed' },
    ],
    claimed: [
      'token-store',
      'countersign_activity_attempts_total',
      { activity: 'tokens.claim', outcome: 'completed' },
    ],
    told: [
      'flexdeploy-adapter',
      'countersign_activity_duration_seconds_count',
      { activity: 'flexdeploy.approveTask' },
    ],
    waited: ['flexdeploy-adapter', 'countersign_task_wait_seconds_count', { queue: 'flexdeploy' }],
  };
  const read = async () =>
    Promise.all(Object.values(moving).map(async (one) => (await valueOf(...one)) ?? 0));
  const before = await read();
  await decide('watched');
  const still = async () => {
    const after = await read();
    return Object.keys(moving).filter((_, i) => !((after[i] ?? 0) > (before[i] ?? 0)));
  };
  expect(await eventually(still, ({ length }) => length === 0)).toEqual([]);
});

it('tells of tasks that no worker takes, and how old they are, until one does', async () => {
  const labels = { queue: 'slack' };
  await stack.kill('slack-notifier');
  const id = await office.started('nobody-posts');
  const lag = () => valueOf('saga-coordinator', 'countersign_queue_lag', labels);
  const age = () => valueOf('saga-coordinator', 'countersign_queue_oldest_age_seconds', labels);
  await eventually(lag, (value) => value === 1);
  const young = (await eventually(age, (value) => value > 0)) ?? 0;
  await eventually(age, (value) => value > young);
  await stack.restart('slack-notifier');
  await office.messageOf(id);
  await eventually(lag, (value) => value === 0);
  expect(await eventually(age, (value) => value === 0)).toBe(0);
});

it('every metric of the dashboard is told by some service, once something has happened', async () => {
  const all = (await Promise.all(serviceNames.map(seen))).flat();
  const told = new Set(all.map(({ name }) => name));
  const file = join(__dirname, '../../k8s/components/monitoring/dashboard.json');
  const named = new Set(readFileSync(file, 'utf8').match(/\b(countersign|http_server|process|nodejs)_\w+/g));
  expect([...named].filter((name) => !told.has(name))).toEqual([]);
});

it('answers while NATS is away, and says what is not known', async () => {
  await stack.kill('nats-server');
  await eventually(
    () => valueOf('saga-coordinator', 'countersign_queues_up'),
    (value) => value === 0,
  );
  expect(await valueOf('saga-coordinator', 'countersign_nats_connected')).toBe(0);
  expect(await valueOf('saga-coordinator', 'countersign_queue_lag', { queue: 'slack' })).toBe(0);
  expect(await valueOf('ingestion', 'countersign_ready', { part: 'nats' })).toBe(0);
  await stack.restart('nats-server');
  await eventually(
    () => valueOf('saga-coordinator', 'countersign_queues_up'),
    (value) => value === 1,
  );
  expect(await valueOf('saga-coordinator', 'countersign_nats_reconnects_total')).toBeGreaterThan(0);
});
