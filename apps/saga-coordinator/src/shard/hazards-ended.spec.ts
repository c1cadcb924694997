/**
 * Hazards of instances that ended: rewound, restarted and purged while others still speak of them. The comment of
 * each test names the rule that it guards: with that rule taken out it fails.
 */
import { InstanceSubjects } from '@countersign/contracts';
import { type InputBody } from '@countersign/workflow';
import { ACK_WAIT, Bench, type BenchCoordinator } from '../testing/bench';
import { completed, event, ID } from '../testing/inputs';

let bench: Bench;
beforeEach(() => (bench = new Bench()));

describe('rewind', () => {
  const failed = (run: number, n: number): InputBody => ({
    type: 'failed',
    run,
    n,
    error: { code: 'X', message: '', retryable: false },
  });

  it.each([10_000, 0])('hazard 11: decides anew what was open (cache %i)', async (cachedInstances) => {
    const a = bench.coordinator({ limits: { cachedInstances } });
    const run = await bench.give(a, ID, { type: 'started', workflow: 'fan-in', input: { size: 0 } });
    await bench.give(a, ID, failed(run, 1));
    expect(bench.status(ID)).toBe('Failed');
    await bench.give(a, ID, { type: 'rewind' });
    const again = bench
      .stored(ID, 'task')
      .slice(2)
      .map((subject) => subject.split('.').at(-1))
      .sort();
    expect(again).toEqual([`${run}-1000000000`, `${run}-1000000001`]);
    await bench.give(a, ID, completed(run, 2));
    await bench.give(a, ID, completed(run, 1_000_000_000));
    expect(bench.status(ID)).toBe('Running');
    await bench.give(a, ID, completed(run, 1_000_000_001));
    expect(bench.status(ID)).toBe('Completed');
  });

  // Fails when Instance.#advance applies it to the live execution (no `needsHistory`).
  it('that comes with the failure itself reads the journal first', async () => {
    const a = bench.coordinator();
    const run = await bench.give(a, ID, { type: 'started', workflow: 'sequence', input: { size: 1 } });
    const seqs = [bench.store(ID, failed(run, 1)), bench.store(ID, { type: 'rewind' })];
    for (const seq of seqs) bench.deliver(a, seq);
    await bench.pass(1_000);
    expect(bench.status(ID)).toBe('Running');
    expect(a.events).toEqual([]);
  });

  it('of a failed instance that another coordinator rewinds first changes nothing twice', async () => {
    const [a, b] = [bench.coordinator(), bench.coordinator()];
    const run = await bench.give(a, ID, { type: 'started', workflow: 'sequence', input: { size: 1 } });
    await bench.give(a, ID, failed(run, 1));
    const seqs = [bench.store(ID, { type: 'rewind' }), bench.store(ID, { type: 'rewind' })] as const;
    bench.deliver(a, seqs[0]);
    bench.deliver(b, seqs[1]);
    await bench.pass(1_000);
    expect(bench.stored(ID, 'task')).toHaveLength(2);
    const outcomes = bench.steps(ID).flatMap(({ inputs }) => inputs.map(({ outcome }) => outcome));
    expect(outcomes.slice(2).sort()).toEqual(['applied', 'refused']);
  });
});

describe('hazard 12: retention', () => {
  const RETENTION = 60_000;
  const sweep = async ({ shard }: BenchCoordinator) => {
    const swept = shard.sweep();
    await bench.pass(1_000);
    await swept;
  };

  it('purges what ended long ago, leaves a notice of it, and nothing younger', async () => {
    const a = bench.coordinator({ limits: { retention: RETENTION } });
    a.client.log().attachConsumer((delivery) => a.shard.handle(delivery));
    bench.start('old', 'sequence', 0);
    bench.start('waits', 'for-ever');
    await bench.pass(RETENTION);
    bench.start('young', 'sequence', 0);
    await bench.pass(1_000);
    for (let sweeps = 0; sweeps < 3; sweeps++) {
      await sweep(a);
    }
    expect(bench.stream.subjects(new InstanceSubjects(0, 'old').all)).toEqual([
      new InstanceSubjects(0, 'old').purged,
    ]);
    expect(bench.status('waits')).toBe('Running');
    expect(bench.status('young')).toBe('Completed');
  });

  // Fails when Retention does not name the step, and when Execution.isOutdated is always false.
  it.each(['restart', 'rewind'] as const)('does not delete an instance after a %s', async (type) => {
    const a = bench.coordinator({ limits: { retention: RETENTION } });
    const run = await bench.give(a, ID, { type: 'started', workflow: 'sequence', input: { size: 1 } });
    const error = { code: 'X', message: '', retryable: false };
    await bench.give(a, ID, { type: 'failed', run, n: 1, error });
    await bench.pass(RETENTION);
    await sweep(a);
    const purge = bench.inputs(ID).find((body) => body.type === 'purge');
    expect(purge).toMatchObject({ onlyAfter: expect.any(Number) });
    const seq = bench.stream.read(new InstanceSubjects(0, ID).input).at(-1)!.seq;
    await bench.give(a, ID, { type });
    await bench.give(a, ID, { type: 'terminate' });
    bench.deliver(a, seq);
    await bench.pass(1_000);
    expect(bench.status(ID)).toBe('Terminated');
    expect(bench.acknowledged).toContain(seq);
  });

  it('goes on where it was, whoever sweeps next', async () => {
    const a = bench.coordinator({ limits: { retention: 0 } });
    for (let i = 0; i < 700; i++) bench.deliver(a, bench.start(`i${i}`, 'sequence', 0));
    await bench.pass(1_000);
    await sweep(a);
    const purges = () => bench.stream.history.filter(({ body }) => body.includes('"retention"')).length;
    const first = purges();
    expect(first).toBeLessThanOrEqual(500);
    const b = bench.coordinator({ limits: { retention: 0 } });
    await sweep(b);
    await sweep(b);
    expect(purges()).toBe(700);
  });
});

describe('hazard 13', () => {
  // Fails when ghosts are acknowledged without being deleted.
  it('a late result on a purged id is deleted, so that the id is free', async () => {
    const a = bench.coordinator();
    const ghost = await bench.give(a, ID, completed(1, 1));
    expect(bench.stream.get(ghost)).toBeUndefined();
    expect(bench.acknowledged).toEqual([ghost]);
    bench.deliver(a, bench.start(ID, 'sequence'));
    await bench.pass(100);
    expect(bench.status(ID)).toBe('Running');
  });

  // Fails without Instance.#isConfirmed.
  it('a first step that a stall delays past a purge is taken back', async () => {
    const a = bench.coordinator();
    const run = bench.start(ID, 'sequence');
    bench.deliver(a, run);
    a.client.stall(ACK_WAIT * 2);
    bench.stream.purge(new InstanceSubjects(0, ID).all);
    await bench.pass(ACK_WAIT * 3);
    expect(bench.steps(ID)).toEqual([]);
    expect(bench.stored(ID, 'task')).toEqual([]);
  });

  // Fails without Journal.#isThere.
  it('a purge between the reads of inputs and steps does not begin the instance again', async () => {
    const b = bench.coordinator();
    await bench.give(b, ID, { type: 'started', workflow: 'for-ever', input: {} });
    await bench.give(b, ID, { type: 'terminate' });
    const inputs = [...bench.stream.read(new InstanceSubjects(0, ID).input)];
    await bench.give(b, ID, { type: 'purge' });
    const late = bench.store(ID, event('go'));
    const a = bench.coordinator({
      log: (log) => ({
        read: async (subject) => {
          const read = await log.read(subject);
          return subject.endsWith('.in') ? [...inputs.splice(0), ...read] : read;
        },
      }),
    });
    bench.deliver(a, late);
    await bench.pass(ACK_WAIT);
    expect(bench.stream.history.filter(({ subject }) => subject.endsWith('.step'))).toHaveLength(3);
    expect(bench.stream.read(new InstanceSubjects(0, ID).input)).toEqual([]);
  });

  // Fails without Purge.#startAgain.
  it('a child that is wanted while the purge of its id is under way is started after it', async () => {
    const b = bench.coordinator();
    await bench.give(b, ID, { type: 'started', workflow: 'for-ever', input: {} });
    await bench.give(b, ID, { type: 'terminate' });
    const purge = bench.store(ID, { type: 'purge' });
    const parent = { id: 'parent', run: 7, n: 3 };
    bench.store(ID, { type: 'started', workflow: 'sequence', input: { size: 1 }, parent });
    bench.deliver(b, purge);
    await bench.pass(100);
    expect(bench.inputs(ID)).toMatchObject([{ type: 'started', parent }]);
  });

  // Fails when Purge deletes without bound: the purge that is late takes the new start with it.
  it('a purge whose answer is lost does not delete who takes the id next', async () => {
    let lost = false;
    const a = bench.coordinator({
      log: (log) => ({
        purge: async (filter, before) => {
          await log.purge(filter, before);
          if (lost) return;
          lost = true;
          bench.start(ID, 'sequence');
          throw new Error('no answer');
        },
      }),
    });
    await bench.give(a, ID, { type: 'started', workflow: 'for-ever', input: {} });
    await bench.give(a, ID, { type: 'terminate' });
    await bench.give(a, ID, { type: 'purge' });
    await bench.pass(1_000);
    expect(bench.inputs(ID).map(({ type }) => type)).toEqual(['started']);
  });

  // Fails when Instance.#purge does not ask the leader whether its step still is the newest.
  it('a purge that a stall delays until the id is taken again deletes nothing of who has it now', async () => {
    const [a, b] = [bench.coordinator(), bench.coordinator()];
    await bench.give(a, ID, { type: 'started', workflow: 'for-ever', input: {} });
    await bench.give(a, ID, { type: 'terminate' });
    const purge = bench.store(ID, { type: 'purge' });
    bench.deliver(a, purge);
    await bench.until(() => bench.steps(ID).at(-1)?.purged === true);
    a.client.stall(ACK_WAIT / 2);
    bench.deliver(b, purge, 2);
    await bench.pass(100);
    await bench.give(b, ID, { type: 'started', workflow: 'sequence', input: { size: 1 } });
    await bench.pass(ACK_WAIT);
    expect(bench.status(ID)).toBe('Running');
    expect(bench.stored(ID, 'task')).toHaveLength(1);
    expect(bench.inputs(ID)).toMatchObject([{ type: 'started', workflow: 'sequence' }]);
  });
});
