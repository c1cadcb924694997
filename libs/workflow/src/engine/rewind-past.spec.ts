/** A rewind makes the run anew as it was: with its code, its patches, its times. What it has then is decided and done. */
import type { ReplayedInstance } from '@countersign/testing';
import {
  all,
  call,
  Execution,
  now,
  patched,
  replay,
  signal,
  type Input,
  type InputBody,
  type Step,
} from '..';
import { a, activity, b, begin, define, go, listed, published } from '../testing/refs';
import { generationOf } from './rewind';

const c = activity('c');
const why = ({ step }: ReplayedInstance) => step.inputs.at(-1)?.why;
const rewind = (instance: ReplayedInstance) => instance.control('rewind');

it('has the times that the run was given', () => {
  const instance = begin(function* () {
    yield* call(a, 1);
    const then = yield* now();
    yield* call(b, 2);
    return then;
  });
  instance.now += 5_000;
  instance.complete('a');
  const then = instance.now;
  instance.now += 5_000;
  instance.fail('b');
  rewind(instance);
  instance.complete('b');
  expect(instance.step.result).toBe(then);
});

it('has the time of an earlier rewind', () => {
  function* timed() {
    yield* call(b, 2);
    return yield* now();
  }
  const instance = begin(function* () {
    const [, then] = yield* all([call(a, 1), timed()]);
    return then;
  });
  const n = instance.numberOf('task', 'b');
  instance.fail('a');
  instance.give({ type: 'completed', run: instance.run, n, result: 'late, but done' });
  instance.now += 5_000;
  rewind(instance);
  const then = instance.now;
  instance.now += 5_000;
  instance.fail('a');
  rewind(instance);
  instance.complete('a');
  expect(instance.step.result).toBe(then);
});

it('has the code that the run began with, although there is a newer version', () => {
  const instance = begin(() => call(a, 1));
  instance.fail('a');
  instance.deploy(define(() => call(b, 2), 2));
  rewind(instance);
  expect([published(instance), instance.step.version]).toEqual([['task a'], 1]);
});

it('keeps the answers to patches that the run was given', () => {
  const instance = begin(function* () {
    if (yield* patched('ask twice')) yield* call(c, 0);
    yield* call(a, 1);
  });
  instance.complete('c');
  instance.fail('a');
  rewind(instance);
  expect(listed(instance)).toEqual(['task a']);
});

it('keeps the answer “no” that code which is newer than the run was given', () => {
  const old = begin(() => call(a, 1));
  old.fail('a');
  const patient = define(function* () {
    if (yield* patched('ask twice')) yield* call(c, 0);
    return yield* call(a, 1);
  });
  const inputs = new Map<number, InputBody>(old.inputs.map(({ seq, body }) => [seq, body]));
  const replayed = replay({ id: old.id, find: () => patient, inputs, steps: old.steps });
  if (replayed.kind !== 'ok') throw new Error(replayed.kind);
  replayed.execution.apply({ seq: 999, at: old.now, body: { type: 'rewind' } });
  expect(replayed.execution.take().commands).toMatchObject([{ kind: 'task', name: 'a' }]);
});

it('has sent what it sent: a second signal of the same words is sent as well', () => {
  const instance = begin(function* () {
    yield* signal('other', go, 1);
    yield* call(a, 1);
    yield* signal('other', go, 1);
  });
  instance.fail('a');
  rewind(instance);
  expect(published(instance)).toEqual(['task a']);
  instance.complete('a');
  expect(published(instance)).toEqual(['signal go']);
});

it('forgets the failure that was taken back, and those before it', () => {
  const instance = begin(function* () {
    try {
      yield* call(a, 1);
    } catch {
      yield* call(b, 2);
    }
    throw new Error('a bug');
  });
  instance.fail('a');
  instance.fail('b');
  rewind(instance);
  instance.complete('b');
  expect(instance.status).toBe('Failed');
  rewind(instance);
  expect(why(instance)).toContain('no activity of it has failed');
});

it('is refused where the code leads elsewhere now', () => {
  let leaves = false;
  const code = define(function* () {
    if (!leaves) yield* call(a, 1);
  });
  const execution = new Execution('x', () => code);
  const inputs: Input[] = [];
  const steps: Step[] = [];
  const give = (body: InputBody) => {
    inputs.push({ seq: inputs.length + 1, at: 1, body });
    execution.apply(inputs.at(-1)!);
    steps.push(execution.take().step);
  };
  execution.remember(() => ({ steps, bodyOf: (seq) => inputs[seq - 1]!.body }));
  give({ type: 'started', workflow: 'Subject', input: null });
  give({ type: 'failed', run: 1, n: 1, error: { code: 'Broken', message: '', retryable: false } });
  leaves = true;
  give({ type: 'rewind' });
  expect(steps.at(-1)).toMatchObject({
    status: 'Failed',
    inputs: [{ outcome: 'refused', why: expect.stringContaining('leads elsewhere') }],
  });
});

it('uses numbers of which a generation is told', () => {
  expect([0, 999_999_999, 1_000_000_000, 2_000_000_007].map(generationOf)).toEqual([0, 0, 1, 2]);
});
