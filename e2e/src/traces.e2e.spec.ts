/** One trace from the request to the last message of its instance, while people take their time and processes come and go. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CollectedSpan, Collector } from './support/collector';
import { ANNA, Office, type Status } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

/** As a caller makes it that takes part in a trace of its own. */
const caller = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;

let collector: Collector;
let stack: TestStack;
let status: Status;
let id: string;
let spans: readonly CollectedSpan[];
let log: Readonly<Record<string, readonly LogLine[]>>;

interface LogLine {
  readonly service: string;
  readonly msg: string;
  readonly instanceId?: string;
  readonly traceId?: string;
}

const linesOf = (service: string): LogLine[] =>
  readFileSync(join(stack.logs, `${service}.log`), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);

const named = (name: string): CollectedSpan => {
  const found = spans.find((span) => span.name === name);
  if (found === undefined)
    throw new Error(`No span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};

beforeAll(async () => {
  collector = await Collector.start();
  stack = await startTestStack({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  const office = new Office(stack.url);
  const started = await office.start({ taskid: 'traced', description: 'Is followed' }, { traceparent });
  ({ id } = started.body as { id: string });
  const message = await office.messageOf(id);
  await stack.restart('saga-coordinator'); // Who decides later is another process than who asked.
  await office.fault({ target: 'flexdeploy', mode: 'error', status: 500 });
  await office.click(message, { action: 'approve', user: ANNA });
  await office.faultMet('flexdeploy', 1);
  await office.fault({ target: 'flexdeploy', mode: 'off' });
  status = await office.ended(id);
  log = { 'flexdeploy-adapter': linesOf('flexdeploy-adapter') };
  await stack.stop(); // Every service delivers what it has before it ends.
  spans = collector.of(caller.traceId);
});
afterAll(async () => {
  await stack?.dispose();
  await collector?.stop();
});

it('follows the instance through every service', () => {
  expect(status).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
  expect(new Set(spans.map(({ service }) => service))).toEqual(
    new Set(['ingestion', 'saga-coordinator', 'token-store', 'slack-notifier', 'flexdeploy-adapter']),
  );
  const names = spans.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'POST /api/orchestrators/:workflow',
      'step NotifyOnTask',
      'tokens.save',
      'slack.postApproval',
      'wait for decision',
      'tokens.claim',
      'flexdeploy.approveTask',
      'slack.updateMessage',
    ]),
  );
  for (const span of spans) expect(span.attributes['countersign.instance.id']).toBe(id);
});

it('is one tree, whose root is the span of the caller', () => {
  const known = new Set([caller.spanId, ...spans.map(({ spanId }) => spanId)]);
  for (const { parentSpanId } of spans) expect(known).toContain(parentSpanId);
  expect(named('POST /api/orchestrators/:workflow').parentSpanId).toBe(caller.spanId);
  const steps = new Set(spans.filter(({ name }) => name === 'step NotifyOnTask').map(({ spanId }) => spanId));
  expect(steps).toContain(named('slack.postApproval').parentSpanId);
});

it('shows how long the person took, and links the step that the click caused to the request that brought it', () => {
  const wait = named('wait for decision');
  expect(wait.start).toBeGreaterThanOrEqual(named('slack.postApproval').start);
  expect(wait.end).toBeGreaterThan(wait.start);
  const requests = collector.spans.filter(({ name }) => name === 'POST /slack/actions');
  expect(requests).toMatchObject([{ service: 'ingestion', attributes: { 'countersign.instance.id': id } }]);
  const linked = spans.filter(({ name, links }) => name === 'step NotifyOnTask' && links.length > 0);
  const clicked = linked.flatMap(({ links }) => links).map(({ spanId }) => spanId);
  expect(clicked).toContain(requests[0]?.spanId);
});

it('shows the attempts that failed, and their log lines name the instance and the trace', () => {
  const attempts = spans.filter(({ name }) => name === 'flexdeploy.approveTask');
  expect(attempts.length).toBeGreaterThan(1);
  expect(attempts.map(({ failed }) => failed)).toEqual([...attempts.slice(1).map(() => true), false]);
  const failures =
    log['flexdeploy-adapter']?.filter(({ msg }) => msg === 'flexdeploy.approveTask failed') ?? [];
  expect(failures.length).toBeGreaterThan(0);
  for (const line of failures) expect(line).toMatchObject({ instanceId: id, traceId: caller.traceId });
});
