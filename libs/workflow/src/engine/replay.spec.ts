import { ReplayedInstance } from '@countersign/testing';
import {
  call,
  child,
  patched,
  replay,
  setCustomStatus,
  signal,
  sleep,
  waitForEvent,
  WorkflowRegistry,
  type InputBody,
  type Operation,
  type ReplayOptions,
  type WorkflowDefinition,
} from '..';
import { a, b, begin, define, event, go, subject } from '../testing/refs';

/** Replays an instance's journal with other code, or another journal. */
function replayed(
  instance: ReplayedInstance,
  definitions: readonly WorkflowDefinition[],
  change: Partial<ReplayOptions> = {},
) {
  const registry = new WorkflowRegistry(definitions);
  return replay({
    id: instance.id,
    find: (name, version) => registry.find(name, version),
    inputs: new Map<number, InputBody>(instance.inputs.map(({ seq, body }) => [seq, body])),
    steps: instance.steps,
    ...change,
  });
}

function* original() {
  yield* call(a, { x: 1 });
  yield* waitForEvent(go);
  return 'done';
}
const half = () => {
  const instance = begin(original);
  instance.complete('a');
  return instance;
};
const withCode = (body: () => Operation<unknown>) => replayed(half(), [define(body)]);

describe('replay', () => {
  it('of nothing is a new execution', () => {
    const result = replayed(begin(original), [define(original)], { steps: [] });
    expect(result).toMatchObject({ kind: 'ok' });
    expect(result.kind === 'ok' && result.execution.status).toBe('Pending');
  });

  it('knows a text again that was cut inside a surrogate pair', () => {
    const cut = 'note 👍'.slice(0, -1);
    const instance = begin(function* () {
      yield* setCustomStatus(cut);
      yield* call(a, cut);
      return cut + (yield* call(b, 1));
    });
    instance.complete('a');
    instance.complete('b', cut);
    expect(instance.step).toMatchObject({ status: 'Completed', result: cut + cut });
  });

  it('goes on where the journal ends', () => {
    const instance = half();
    const result = replayed(instance, [define(original)]);
    if (result.kind !== 'ok') throw new Error('not ok');
    result.execution.apply({ seq: 999, at: instance.now, body: { type: 'event', name: 'go', data: 1 } });
    expect(result.execution.take().step).toMatchObject({ status: 'Completed', result: 'done' });
  });

  it('is incomplete where an input is missing: the read was stale', () => {
    const instance = half();
    const inputs = new Map<number, InputBody>(instance.inputs.map(({ seq, body }) => [seq, body]));
    const missing = instance.inputs[1]!.seq;
    inputs.delete(missing);
    expect(replayed(instance, [define(original)], { inputs })).toEqual({ kind: 'incomplete', missing });
  });

  it('stands still where there is no code of that version', () => {
    const instance = half();
    for (const definitions of [[], [define(original, 2)]])
      expect(replayed(instance, definitions)).toEqual({
        kind: 'standstill',
        why: { kind: 'unknown-workflow', workflow: 'Subject', version: 1 },
      });
  });
});

describe('divergence is a decision with data', () => {
  const kindOf = (result: ReturnType<typeof withCode>) =>
    result.kind === 'standstill' ? result.why : result.kind;

  it('of another activity', () => {
    const why = kindOf(withCode(() => call(b, { x: 1 })));
    expect(why).toMatchObject({ kind: 'diverged', stepSeq: half().steps[0]!.seq });
    expect(why).toMatchObject({
      expected: expect.stringContaining('task a #1'),
      actual: expect.stringContaining('task b #1'),
    });
  });

  it('of another argument', () => {
    const why = kindOf(withCode(() => call(a, { x: 2 })));
    expect(why).toMatchObject({ kind: 'diverged', expected: expect.stringContaining('task a #1') });
  });

  it('of another kind', () => {
    expect(kindOf(withCode(() => sleep(10)))).toMatchObject({
      kind: 'diverged',
      actual: expect.stringContaining('timer'),
    });
  });

  it('of a command that is missing', () => {
    const shorter = function* () {
      yield* call(a, { x: 1 });
      yield* waitForEvent(event('never'));
    };
    expect(kindOf(withCode(shorter))).toMatchObject({
      kind: 'diverged',
      expected: expect.stringContaining('wait go #2'),
    });
    const none = kindOf(withCode(function* () {}));
    expect(none).toMatchObject({ kind: 'diverged', actual: 'no further command' });
  });

  it('of one that is new', () => {
    const longer = function* () {
      yield* call(a, { x: 1 });
      yield* waitForEvent(go);
      yield* call(b, 1);
    };
    const instance = half();
    instance.raise('go');
    expect(kindOf(replayed(instance, [define(longer)]))).toMatchObject({
      kind: 'diverged',
      expected: 'no further command',
    });
  });

  it('of how it ended', () => {
    const failing = function* () {
      yield* call(a, { x: 1 });
      yield* waitForEvent(go);
      throw new Error('changed');
    };
    const instance = half();
    instance.raise('go');
    expect(kindOf(replayed(instance, [define(failing)]))).toMatchObject({
      kind: 'diverged',
      expected: 'Completed',
      actual: 'Failed',
    });
  });

  it.each<[string, Operation<unknown>, Operation<unknown>]>([
    ['how long it sleeps', sleep(10), sleep(11)],
    ['whom it signals', signal('x', go, 1), signal('y', go, 1)],
    ['what it signals', signal('x', go, 1), signal('x', go, 2)],
    ['which event it waits for', waitForEvent(go), waitForEvent(event('other'))],
    ['the id of a child', child(subject, 1, { id: 'x' }), child(subject, 1, { id: 'y' })],
    ['the input of a child', child(subject, 1), child(subject, 2)],
    ['the queue of an activity', call(a, 1), call({ name: 'a', queue: 'another' }, 1)],
  ])('of %s', (_, before, after) => {
    const instance = begin(() => before);
    expect(replayed(instance, [define(() => before)]).kind).toBe('ok');
    expect(kindOf(replayed(instance, [define(() => after)]))).toMatchObject({ kind: 'diverged' });
  });

  it('is not: other retries, other code between the same commands', () => {
    const harmless = function* () {
      const unused = 1 + 1;
      yield* call(a, { x: 1 }, { retry: { maxAttempts: unused }, scheduleToClose: 5_000 });
      yield* waitForEvent(go);
      return 'another result';
    };
    expect(withCode(harmless).kind).toBe('ok');
  });
});

describe('versions', () => {
  const second = function* () {
    yield* call(b, 2);
  };

  it('instances stay on the version of their journal; new ones begin with the newest', () => {
    const instance = begin(original);
    const both = [define(original, 1), define(second, 2)];
    const result = replayed(instance, both);
    expect(result.kind).toBe('ok');
    if (result.kind === 'ok') expect(result.execution.take().step.version).toBe(1);
    const newer = new ReplayedInstance([both[0]!, both[1]!]);
    newer.start();
    expect([newer.step.version, newer.openTasks()[0]?.name]).toEqual([2, 'b']);
  });

  it('a start may pin one, and a restart keeps that', () => {
    const instance = new ReplayedInstance([define(original, 1), define(second, 2)]);
    instance.start(null, { version: 1 });
    expect(instance.step.version).toBe(1);
    instance.control('terminate');
    instance.control('restart');
    expect(instance.step.version).toBe(1);
  });

  it('a restart begins with the newest otherwise, and the ended run needs no code any more', () => {
    const instance = new ReplayedInstance([define(original, 1)]);
    instance.start();
    instance.control('terminate');
    const result = replayed(instance, [define(original, 1), define(second, 2)]);
    if (result.kind !== 'ok') throw new Error('not ok');
    const { execution } = result;
    const restart = { seq: 999, at: instance.now, body: { type: 'restart' } } as const;
    execution.apply(restart);
    const { step } = execution.take();
    expect(step).toMatchObject({ run: 999, version: 2, status: 'Running' });
    const inputs = new Map<number, InputBody>(
      [...instance.inputs, restart].map(({ seq, body }) => [seq, body]),
    );
    const steps = [...instance.steps, { seq: 1_000, step }];
    expect(replayed(instance, [define(second, 2)], { inputs, steps }).kind).toBe('ok');
  });
});

describe('patched', () => {
  function* old() {
    yield* sleep(10);
    yield* call(a, 1);
  }
  function* changed() {
    yield* sleep(10);
    if (yield* patched('b first')) yield* call(b, 1);
    yield* call(a, 1);
    return yield* patched('b first');
  }

  it('is false for a history that older code made, so that it goes on as before', () => {
    const instance = begin(old);
    instance.fire();
    const result = replayed(instance, [define(changed)]);
    if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
    const body = { type: 'completed', run: instance.run, n: 2, result: null } as const;
    result.execution.apply({ seq: 999, at: instance.now, body });
    expect(result.execution.take().step).toMatchObject({ status: 'Completed', result: false });
  });

  it('is true for one that had not come there yet', () => {
    const instance = begin(old);
    const result = replayed(instance, [define(changed)]);
    if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
    const body = { type: 'timer', run: instance.run, n: 1, due: instance.now } as const;
    result.execution.apply({ seq: 999, at: instance.now, body });
    expect(result.execution.take().commands).toMatchObject([{ kind: 'task', name: 'b' }]);
  });

  it('of an earlier run says nothing of a later one, which older code made', () => {
    const instance = begin(changed);
    instance.fire();
    instance.control('terminate');
    const older = replayed(instance, [define(old)], { steps: [] });
    if (older.kind !== 'ok') throw new Error('not ok');
    const started = { type: 'started', workflow: 'Subject', input: null } as const;
    const nothing = { inputs: [], sources: [], settled: [], continues: false };
    older.execution.skip({ started, last: instance.step, ...nothing }, () => started);
    const { now } = instance;
    const inputs = [
      ...instance.inputs,
      { seq: 990, at: now, body: { type: 'restart' } },
      { seq: 992, at: now, body: { type: 'timer', run: 990, n: 1, due: now } },
    ] as const;
    const steps = inputs.slice(-2).map((input) => {
      older.execution.apply(input);
      return { seq: input.seq + 1, step: older.execution.take().step };
    });
    const bodies = new Map<number, InputBody>(inputs.map(({ seq, body }) => [seq, body]));
    const newer = replayed(instance, [define(changed)], {
      inputs: bodies,
      steps: [...instance.steps, ...steps],
    });
    expect(newer.kind).toBe('ok');
  });

  it('is true on replay of a history that has it', () => {
    const instance = begin(changed);
    instance.fire();
    instance.complete('b');
    instance.complete('a');
    expect(instance.step.result).toBe(true);
  });
});
