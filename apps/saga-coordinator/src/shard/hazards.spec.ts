/**
 * The interleavings that break a simpler design, scripted; those of instances that ended or are parked are in specs
 * of their own beside. The comment of each test names the rule that it guards: with that rule taken out it fails.
 */
import { InstanceSubjects } from '@countersign/contracts';
import { type InputBody, type StoredMessage } from '@countersign/workflow';
import { ACK_WAIT, Bench } from '../testing/bench';
import { completed, event, ID } from '../testing/inputs';

let bench: Bench;
beforeEach(() => (bench = new Bench()));

// Fails without the bound on held inputs (`held` in Instance.tick).
it('hazard 1: fan-in results that two coordinators hold are listed within half of the acknowledgement time', async () => {
  const [a, b] = [bench.coordinator(), bench.coordinator()];
  const run = bench.start(ID, 'fan-in', 2);
  bench.deliver(a, run);
  await bench.pass(2_000);
  const results = [1, 2, 3].map((n) => bench.store(ID, completed(run, n)));
  for (const [i, seq] of results.entries()) bench.deliver(i % 2 === 0 ? a : b, seq);
  await bench.pass(ACK_WAIT / 2);
  const listed = bench.steps(ID).flatMap(({ inputs }) => inputs.map(({ seq }) => seq));
  expect(listed).toEqual(expect.arrayContaining(results));
  expect(bench.acknowledged).toEqual(expect.arrayContaining(results));
});

// Fails without `expectedLast` on the step, and without the bound on held inputs.
it('hazard 2: a stale cache that holds the decisive input finds out by losing its empty step', async () => {
  const [a, b] = [bench.coordinator(), bench.coordinator()];
  const run = bench.start(ID, 'fan-in', 1);
  bench.deliver(a, run);
  await bench.pass(2_000);
  await bench.give(b, ID, completed(run, 1));
  await bench.give(b, ID, completed(run, 2));
  await bench.pass(ACK_WAIT / 4);
  await bench.give(a, ID, completed(run, 3));
  expect(bench.status(ID)).toBe('Running');
  await bench.pass(ACK_WAIT / 4);
  expect(bench.status(ID)).toBe('Completed');
  expect(a.events).toContainEqual({ kind: 'overtaken', id: ID });
});

// Fails when the acknowledgement waits for the result (Guard.isDue is never true), and when parking does not acknowledge.
it('hazard 3: what waits for a month, is suspended or has no code holds no acknowledgement', async () => {
  const a = bench.coordinator();
  const seqs = [
    await bench.give(a, 'waits', { type: 'started', workflow: 'for-ever', input: {} }),
    await bench.give(a, 'works', { type: 'started', workflow: 'fan-in', input: { size: 3 } }),
    await bench.give(a, 'works', { type: 'suspend' }),
    await bench.give(a, 'works', event('go')),
    await bench.give(a, 'parked', { type: 'started', workflow: 'nobody knows it', input: {} }),
    await bench.give(a, 'parked', event('go')),
  ];
  await bench.pass(ACK_WAIT);
  expect([...bench.acknowledged].sort((x, y) => x - y)).toEqual(seqs);
});

// Fails when tasks and results do not carry the run (the engine's check of `run`).
it('hazard 4: a restart uses new numbers: the old result does not answer the new task', async () => {
  const a = bench.coordinator();
  const first = await bench.give(a, ID, { type: 'started', workflow: 'sequence', input: { size: 1 } });
  await bench.give(a, ID, { type: 'terminate' });
  const second = await bench.give(a, ID, { type: 'restart' });
  await bench.give(a, ID, completed(first, 1));
  await bench.pass(ACK_WAIT);
  expect(bench.status(ID)).toBe('Running');
  expect(bench.stored(ID, 'task').map((subject) => subject.split('.').at(-1))).toEqual([
    `${first}-1`,
    `${second}-1`,
  ]);
  await bench.give(a, ID, completed(second, 1));
  expect(bench.status(ID)).toBe('Completed');
});

// Fails without the watchdog's publish in Guard.store.
it('hazard 5: a task that nobody performs fails at its scheduleToClose', async () => {
  const a = bench.coordinator();
  a.client.log().attachConsumer((delivery) => a.shard.handle(delivery));
  bench.start(ID, 'sequence');
  await bench.pass(39_000);
  expect(bench.status(ID)).toBe('Running');
  await bench.pass(2_000);
  expect(bench.steps(ID).at(-1)).toMatchObject({
    status: 'Failed',
    error: { code: 'ScheduleToCloseTimeout' },
  });
});

it('hazard 5: a suspended instance does not fire its watchdog again and again', async () => {
  const a = bench.coordinator();
  a.client.log().attachConsumer((delivery) => a.shard.handle(delivery));
  bench.start(ID, 'sequence');
  await bench.pass(5_000);
  bench.store(ID, { type: 'suspend' });
  await bench.pass(300_000);
  expect(bench.steps(ID).length).toBeLessThanOrEqual(3);
  bench.store(ID, { type: 'resume' });
  await bench.pass(3_000);
  expect(bench.status(ID)).toBe('Failed');
});

// Fails when Instance.#refuse does not ask the leader for the newest step.
it('hazard 7: a journal read that still says Failed does not drop the result of the restarted run', async () => {
  let failedOnly: StoredMessage[] = [];
  const a = bench.coordinator({
    log: (log) => ({
      lastFromAny: (subject) =>
        subject.endsWith('.step') ? Promise.resolve(failedOnly.at(-1)) : log.lastFromAny(subject),
    }),
  });
  const b = bench.coordinator();
  const run = await bench.give(b, ID, { type: 'started', workflow: 'sequence', input: { size: 1 } });
  await bench.give(b, ID, { type: 'failed', run, n: 1, error: { code: 'X', message: '', retryable: false } });
  expect(bench.status(ID)).toBe('Failed');
  failedOnly = [...bench.stream.read(new InstanceSubjects(0, ID).step)];
  const again = await bench.give(b, ID, { type: 'restart' });
  await bench.give(a, ID, completed(again, 1));
  expect(bench.status(ID)).toBe('Completed');
});

describe('a coordinator that dies between a step and its commands', () => {
  async function die(): Promise<number> {
    const a = bench.coordinator();
    const run = bench.start(ID, 'sequence');
    bench.deliver(a, run);
    await bench.until(() => bench.steps(ID).length === 1);
    a.client.crash();
    expect(bench.stored(ID, 'task')).toEqual([]);
    return run;
  }

  // Fails when Outbox.publishAgain publishes nothing.
  it('leaves them to who gets its input again', async () => {
    bench.deliver(bench.coordinator(), await die(), 2);
    await bench.pass(100);
    expect(bench.stored(ID, 'task')).toHaveLength(1);
    expect(bench.steps(ID)).toHaveLength(1);
  });

  // Fails when `isOpen` of Outbox.publishAgain is always true.
  it('hazard 8: they are not published after a terminate', async () => {
    const b = bench.coordinator();
    const run = await die();
    await bench.give(b, ID, { type: 'terminate' });
    bench.deliver(b, run, 2);
    await bench.pass(ACK_WAIT);
    expect(bench.stored(ID, 'task')).toEqual([]);
    expect(bench.acknowledged).toContain(run);
  });

  // Fails when Purge does not publish again.
  it('does not take a signal with it when the instance is purged', async () => {
    const a = bench.coordinator();
    const run = bench.store(ID, { type: 'started', workflow: 'parent', input: { peer: 'peer', size: 0 } });
    bench.deliver(a, run);
    await bench.until(() => bench.steps(ID).length === 1);
    a.client.crash();
    const b = bench.coordinator();
    await bench.give(b, ID, { type: 'terminate' });
    await bench.give(b, ID, { type: 'purge' });
    expect(bench.steps(ID)).toEqual([]);
    expect(bench.inputs('peer').map(({ type }) => type)).toEqual(['event']);
  });
});

// Fails when Outbox.store takes every conflict or an unknown outcome for "already there".
it('hazard 9: a task whose write was in flight is published until it is there', async () => {
  let tries = 0;
  const a = bench.coordinator({
    log: (log) => ({
      publish: (message) =>
        message.subject.includes('.task.') && ++tries <= 3
          ? Promise.resolve({ kind: 'unknown', reason: 'a write is in flight (10164)' })
          : log.publish(message),
    }),
  });
  bench.deliver(a, bench.start(ID, 'sequence'));
  await bench.pass(2_000);
  expect(bench.stored(ID, 'task')).toHaveLength(1);
});

// Fails without `#isRepeated` in the engine.
it('hazard 10: a signal that is published again is not applied again', async () => {
  const a = bench.coordinator();
  await bench.give(a, ID, { type: 'started', workflow: 'approval', input: {} });
  const signal: InputBody = { type: 'event', name: 'go', data: 1, source: { id: 'other', run: 1, n: 1 } };
  await bench.give(a, ID, signal);
  await bench.give(a, ID, signal);
  const outcomes = bench.steps(ID).flatMap(({ inputs }) => inputs.map(({ outcome }) => outcome));
  expect(outcomes).toEqual(['applied', 'applied', 'duplicate']);
});

// Fails without answerStarts (and, while the instance runs, without the engine's reply).
it.each(['running', 'ended'])(
  'hazard 10: who wants the id of an instance that is %s for a child is told',
  async (state) => {
    const a = bench.coordinator();
    await bench.give(a, ID, { type: 'started', workflow: 'for-ever', input: {} });
    if (state === 'ended') await bench.give(a, ID, { type: 'terminate' });
    const parent = { id: 'parent', run: 7, n: 3 };
    await bench.give(a, ID, { type: 'started', workflow: 'sequence', input: {}, parent });
    expect(bench.inputs('parent')).toMatchObject([
      { type: 'failed', run: 7, n: 3, error: { code: 'ChildIdTaken' } },
    ]);
  },
);

// Fails when Journal's fold does not compare with `needed`.
it('hazard 18: a replica that has not got the input yet is not believed', async () => {
  const started = bench.start(ID, 'sequence');
  const b = bench.coordinator();
  bench.deliver(b, started);
  await bench.pass(100);
  const newest = bench.stream.history.at(-1)!.seq;
  const replicated = (all: readonly StoredMessage[]) => all.filter(({ seq }) => seq <= newest);
  const a = bench.coordinator({
    log: (log) => ({
      read: async (subject, from) => replicated(await log.read(subject, from)),
      readAt: async (seqs) => replicated(await log.readAt(seqs)),
    }),
  });
  await bench.give(a, ID, completed(started, 1));
  expect(bench.status(ID)).toBe('Completed');
});

// Fails when Shard.handle does not look for the input in hand.
it('hazard 20: an input in hand that comes again is renewed, not applied', async () => {
  const a = bench.coordinator();
  const seq = bench.start(ID, 'sequence');
  bench.deliver(a, seq);
  bench.deliver(a, seq, 2);
  await bench.pass(ACK_WAIT);
  expect(bench.renewed).toContain(seq);
  expect(bench.steps(ID)).toHaveLength(1);
});

// Fails when endedSchedules gives only the first timer.
it('hazard 21: every timer of a lost race is gone', async () => {
  const a = bench.coordinator();
  await bench.give(a, ID, { type: 'started', workflow: 'approval', input: {} });
  const { timers } = new InstanceSubjects(0, ID);
  expect(bench.stream.subjects(timers)).toHaveLength(2);
  const before = bench.stream.subjects(timers);
  await bench.give(a, ID, event('go'));
  expect(bench.stream.subjects(timers)).toHaveLength(1);
  expect(before).not.toContain(bench.stream.subjects(timers)[0]);
});

// Fails when the withdrawn task is not purged, and when the undo does not wait (the engine's `protect`).
it('hazard 24: cancel purges the task and undoes it only after its result', async () => {
  const a = bench.coordinator();
  const run = await bench.give(a, ID, { type: 'started', workflow: 'trip', input: { size: 1 } });
  await bench.give(a, ID, { type: 'cancel' });
  expect(bench.stream.subjects(new InstanceSubjects(0, ID).tasks)).toEqual([]);
  await bench.pass(ACK_WAIT);
  expect(bench.stored(ID, 'task')).toHaveLength(1);
  await bench.give(a, ID, completed(run, 1));
  expect(bench.stored(ID, 'task').at(-1)).toContain('.undo.');
});

// Fails when inputs that a step lists are applied again (no #repeat).
it.each([10_000, 0])(
  'hazard 27: acknowledgements that the server forgot change nothing (cache %i)',
  async (cachedInstances) => {
    const a = bench.coordinator({ limits: { cachedInstances } });
    const run = await bench.give(a, ID, { type: 'started', workflow: 'sequence', input: { size: 2 } });
    await bench.give(a, ID, completed(run, 1));
    await bench.pass(ACK_WAIT);
    const before = bench.stream.history.filter(({ subject }) => !subject.includes('.timer.')).length;
    const inputs = [...bench.acknowledged];
    for (const coordinator of [a, bench.coordinator()])
      for (const seq of inputs) bench.deliver(coordinator, seq);
    await bench.pass(ACK_WAIT);
    expect(bench.stream.history.filter(({ subject }) => !subject.includes('.timer.'))).toHaveLength(before);
    expect(bench.acknowledged).toEqual(expect.arrayContaining(inputs));
    expect(bench.acknowledged).toHaveLength(inputs.length * 3);
  },
);

// Fails when Instance.#take lets go of inputs that came after the read began.
it('does not lose an input that comes while the journal is read', async () => {
  const run = bench.start(ID, 'fan-in', 0);
  bench.deliver(bench.coordinator(), run);
  await bench.pass(2_000);
  const b = bench.coordinator();
  bench.deliver(b, bench.store(ID, completed(run, 1)));
  await bench.until(() => bench.simulation.scheduler.steps > 0);
  await bench.pass(1 / 16);
  await bench.pass(1 / 16);
  await bench.pass(1 / 16);
  bench.deliver(b, bench.store(ID, completed(run, 2)));
  await bench.pass(ACK_WAIT);
  expect(bench.status(ID)).toBe('Completed');
});
