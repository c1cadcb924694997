/**
 * Hazards of instances that cannot go on. The comment of each test names the rule that it guards: with that rule
 * taken out it fails.
 */
import { InstanceSubjects } from '@countersign/contracts';
import { all, call, sleep, workflow, type InputBody, type WorkflowRef } from '@countersign/workflow';
import { ACK_WAIT, Bench } from '../testing/bench';
import { completed, event, ID } from '../testing/inputs';
import { definitions, future } from '../testing/workflows';

let bench: Bench;
beforeEach(() => (bench = new Bench()));

// Fails without the check of `poisonDeliveries`.
it('hazard 19: the fifth delivery parks the instance before its code runs', async () => {
  let runs = 0;
  const poison: WorkflowRef<unknown, void> = { name: 'poison' };
  const code = workflow(poison, { version: 1 }, function* () {
    runs++;
  });
  const a = bench.coordinator({ definitions: [code] });
  const seq = bench.start(ID, 'poison');
  bench.deliver(a, seq, 5);
  await bench.pass(100);
  expect(runs).toBe(0);
  expect(a.events).toContainEqual(expect.objectContaining({ kind: 'parked', id: ID }));
  expect(bench.acknowledged).toEqual([seq]);
});

describe('a parked instance is terminated without its code', () => {
  const ref: WorkflowRef<unknown, unknown> = { name: 'changes' };
  const work = { name: 'work', queue: 'work' };
  const v1 = workflow(ref, { version: 1 }, function* () {
    yield* all([call(work, 1), sleep(60_000)]);
  });
  const changed = workflow(ref, { version: 1 }, function* () {
    yield* call(work, 2);
  });
  const parent = { id: 'parent', run: 7, n: 3 };
  const start: InputBody = { type: 'started', workflow: 'changes', input: {}, parent };

  // Fails without ForcedEnd.
  it.each([
    ['diverged', true],
    ['was never begun', false],
  ])('when it %s', async (_, begun) => {
    if (begun) await bench.give(bench.coordinator({ definitions: [v1] }), ID, start);
    await bench.pass(2_000);
    const a = bench.coordinator({ definitions: begun ? [changed] : [] });
    await bench.give(a, ID, begun ? event('go') : start);
    expect(a.events).toContainEqual(expect.objectContaining({ kind: 'parked', id: ID }));
    const seq = await bench.give(a, ID, { type: 'terminate', reason: 'enough' });
    await bench.pass(ACK_WAIT);
    expect(bench.steps(ID).at(-1)).toMatchObject({
      status: 'Terminated',
      error: { message: 'enough' },
      forced: true,
    });
    expect(bench.acknowledged).toContain(seq);
    const subjects = new InstanceSubjects(0, ID);
    for (const gone of [subjects.tasks, subjects.timers, subjects.parked])
      expect(bench.stream.subjects(gone)).toEqual([]);
    expect(bench.inputs('parent')).toMatchObject([{ type: 'failed', run: 7, n: 3 }]);
    await bench.give(a, ID, { type: 'purge' });
    expect(bench.steps(ID)).toEqual([]);
  });

  it('begins again, when it is restarted and its code is there', async () => {
    await bench.give(bench.coordinator({ definitions: [v1] }), ID, start);
    const a = bench.coordinator({ definitions: [changed] });
    await bench.give(a, ID, event('go'));
    await bench.give(a, ID, { type: 'terminate' });
    const run = await bench.give(a, ID, { type: 'restart' });
    expect(bench.stored(ID, 'task').at(-1)).toContain(`.${run}-1`);
    await bench.give(a, ID, completed(run, 1));
    expect(bench.status(ID)).toBe('Completed');
  });

  // Fails when replay looks for the mark in the newest step only, and when `Execution.skip` forgets that it says `purged`.
  it('and stays so, whatever is listed after that, until it is purged', async () => {
    const [a, b, c] = [bench.coordinator(), bench.coordinator(), bench.coordinator()];
    await bench.give(a, ID, { type: 'started', workflow: 'future', input: {} });
    await bench.give(a, ID, { type: 'terminate' });
    await bench.give(a, ID, { type: 'rewind' });
    expect(bench.steps(ID).at(-1)?.inputs).toMatchObject([{ outcome: 'refused' }]);
    const late = await bench.give(b, ID, event('go'));
    const steps = bench.steps(ID).length;
    const purge = bench.store(ID, { type: 'purge' });
    bench.deliver(b, purge);
    await bench.until(() => bench.steps(ID).length > steps);
    b.client.crash();
    bench.deliver(c, purge, 2);
    await bench.pass(ACK_WAIT);
    expect(bench.acknowledged).toEqual(expect.arrayContaining([late, purge]));
    expect([...b.events, ...c.events]).not.toContainEqual(expect.objectContaining({ kind: 'parked' }));
    expect([bench.steps(ID), bench.inputs(ID)]).toEqual([[], []]);
  });

  // Fails when ForcedEnd does not settle a forced step again, or looks for it in the newest step only.
  it.each([
    ['its coordinator dies right after the step', false],
    ['another one lists an input then', true],
  ])('also when %s', async (_, listed) => {
    await bench.give(bench.coordinator({ definitions: [v1] }), ID, start);
    const a = bench.coordinator({ definitions: [changed] });
    await bench.give(a, ID, event('go'));
    const steps = bench.steps(ID).length;
    bench.deliver(a, bench.store(ID, { type: 'terminate' }));
    await bench.until(() => bench.steps(ID).length > steps);
    a.client.crash();
    expect(bench.stream.subjects(new InstanceSubjects(0, ID).tasks)).toHaveLength(1);
    const b = bench.coordinator({ definitions: [changed] });
    if (listed) await bench.give(b, ID, { type: 'rewind' });
    expect(bench.steps(ID)).toHaveLength(steps + (listed ? 2 : 1));
    void b.shard.recover();
    await bench.pass(1_000);
    expect(bench.stream.subjects(new InstanceSubjects(0, ID).tasks)).toEqual([]);
    expect(bench.inputs('parent')).toHaveLength(1);
  });
});

// Fails when Shard.handle acknowledges on the word of its own memory, and when `recover` forgets those without a marker.
it('does not take an instance for parked that somebody else set free', async () => {
  const a = bench.coordinator();
  const run = await bench.give(a, ID, { type: 'started', workflow: 'future', input: {} });
  const b = bench.coordinator({ definitions: [...definitions, future] });
  void b.shard.recover();
  await bench.pass(100);
  expect(bench.status(ID)).toBe('Running');
  const seq = bench.store(ID, completed(run, 1));
  bench.deliver(a, seq);
  await bench.pass(100);
  expect([bench.acknowledged.includes(seq), bench.stream.subjects('wf.0.*.parked').length]).not.toEqual([
    true,
    0,
  ]);
});
