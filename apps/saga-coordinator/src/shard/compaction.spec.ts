import { InstanceSubjects } from '@countersign/contracts';
import {
  continueAsNew,
  setCustomStatus,
  signal,
  waitForEvent,
  workflow,
  type EventRef,
  type WorkflowRef,
} from '@countersign/workflow';
import { ACK_WAIT, Bench } from '../testing/bench';

const go: EventRef<number> = { name: 'go' };
const ref: WorkflowRef<{ count?: number }, never> = { name: 'counter' };
const counter = workflow(ref, { version: 1 }, function* ({ count = 0 }) {
  const by = yield* waitForEvent(go);
  yield* signal('peer', go, count + by);
  yield* setCustomStatus(count + by);
  return yield* continueAsNew({ count: count + by });
});

const ID = 'one';
const subjects = new InstanceSubjects(0, ID);
const SURELY = 60_000;

let bench: Bench;
beforeEach(() => (bench = new Bench()));
const open = (limits = {}) =>
  bench.coordinator({ definitions: [counter], limits: { surelyPublished: SURELY, ...limits } });
const go1 = { type: 'event', name: 'go', data: 1 } as const;

// Fails when Compaction deletes nothing, and when replay reads from the first step on.
it.each([10_000, 0])('keeps an instance small that runs for ever (cache %i)', async (cachedInstances) => {
  const a = open({ cachedInstances });
  await bench.give(a, ID, { type: 'started', workflow: 'counter', input: {} });
  await bench.give(a, ID, { type: 'event', name: 'other', data: 1 });
  for (let i = 0; i < 200; i++) {
    await bench.give(a, ID, go1);
    await bench.pass(1_000);
  }
  expect(bench.steps(ID).at(-1)).toMatchObject({ status: 'Running', customStatus: 200 });
  expect(bench.steps(ID).length).toBeLessThan(150);
  expect(bench.stream.read(subjects.input).length).toBeLessThan(150);
  await bench.give(open(), ID, go1);
  expect(bench.steps(ID).at(-1)).toMatchObject({
    customStatus: 201,
    continued: { pending: [expect.any(Number)] },
  });
  expect(bench.inputs(ID)[0]).toMatchObject({ type: 'started' });
});

// Fails when Compaction ignores `surelyPublished`.
it('keeps what a coordinator may not have lived to publish', async () => {
  const a = open();
  await bench.give(a, ID, { type: 'started', workflow: 'counter', input: {} });
  const seq = bench.store(ID, go1);
  const steps = bench.steps(ID).length;
  bench.deliver(a, seq);
  await bench.until(() => bench.steps(ID).length > steps);
  a.client.crash();
  const b = open();
  for (let i = 0; i < 10; i++) await bench.give(b, ID, go1);
  bench.deliver(b, seq, 2);
  await bench.pass(ACK_WAIT);
  expect(bench.inputs('peer').map((input) => input.type === 'event' && input.data)).toContain(1);
});

it('restarts from the input of the instance, when most of its history is gone', async () => {
  const a = open();
  await bench.give(a, ID, { type: 'started', workflow: 'counter', input: { count: 1_000 } });
  for (let i = 0; i < 200; i++) {
    await bench.give(a, ID, go1);
    await bench.pass(1_000);
  }
  await bench.give(a, ID, { type: 'terminate' });
  await bench.give(a, ID, { type: 'restart' });
  await bench.give(open(), ID, go1);
  expect(bench.steps(ID).at(-1)).toMatchObject({ status: 'Running', customStatus: 1_001 });
});
