import { ActivityError, call, CodedError, DEFAULT_CALL_OPTIONS, toErrorData } from '..';
import { a, begin } from '../testing/refs';

/** What a call throws, as the workflow's result. */
const caught = (input: unknown, options = {}) =>
  begin(function* () {
    try {
      return yield* call(a, input, options);
    } catch (error) {
      return [error instanceof ActivityError, toErrorData(error)];
    }
  });

describe('call', () => {
  it('schedules the activity with the defaults and gives its result', () => {
    const instance = begin(() => call(a, { x: 1 }));
    expect(instance.decision.commands).toEqual([
      {
        kind: 'task',
        n: 1,
        name: 'a',
        queue: 'work',
        args: '{"x":1}',
        retry: DEFAULT_CALL_OPTIONS.retry,
        startToClose: DEFAULT_CALL_OPTIONS.startToClose,
        scheduleToClose: DEFAULT_CALL_OPTIONS.scheduleToClose,
        deadline: instance.now + DEFAULT_CALL_OPTIONS.scheduleToClose,
      },
    ]);
    expect(instance.step.commands[0]).toMatchObject({ n: 1, kind: 'task', name: 'a', args: { x: 1 } });
    instance.complete('a', 'done');
    expect(instance.step).toMatchObject({ status: 'Completed', result: 'done' });
  });

  it('takes only what is given of its options', () => {
    const { decision } = caught(null, { retry: { maxAttempts: 3 }, scheduleToClose: 5_000 });
    expect(decision.commands[0]).toMatchObject({ retry: { ...DEFAULT_CALL_OPTIONS.retry, maxAttempts: 3 } });
  });

  it('throws what the activity failed with, named after it', () => {
    const instance = caught(null);
    instance.fail('a', { code: 'Down', message: 'it is down', retryable: true, details: { port: 1 } });
    const error = { code: 'Down', message: 'it is down', retryable: true, details: { port: 1 } };
    expect(instance.step.result).toEqual([true, error]);
  });

  it.each([
    ['a function', { f: () => 1 }, 'input of a.f is a function'],
    ['a date', { at: new Date(0) }, 'input of a.at is a Date'],
    ['a promise', { p: Promise.resolve(1) }, 'input of a.p is a Promise'],
    ['an error', { e: new Error('x') }, 'input of a.e is a Error'],
    ['bytes', { bytes: new Uint8Array(1) }, 'input of a.bytes is an operation or a collection'],
    ['NaN', [1, Number.NaN], 'input of a[1] is NaN'],
    ['undefined in an array', [undefined], 'input of a[0] is undefined'],
    ['a bigint', 1n, 'input of a is a bigint'],
    ['an operation that was not performed', { when: call(a, 1) }, 'input of a.when is an operation'],
    ['what has a toJSON', { toJSON: () => 1 }, 'input of a is a Object'],
    ['what has a toJSON and no class', Object.assign(Object.create(null), { toJSON: 1 }), 'special object'],
  ])('refuses %s at once, and says where it is', (_, input, message) => {
    const { step } = caught(input);
    expect(step).toMatchObject({ status: 'Completed', commands: [], result: [false, { code: 'NotJson' }] });
    expect(JSON.stringify(step.result)).toContain(message);
  });

  it('refuses a value that refers to itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(caught(loop).step.result).toMatchObject([false, { code: 'NotJson' }]);
  });

  it('leaves out members that are undefined', () => {
    expect(caught({ x: 1, y: undefined }).decision.commands[0]?.args).toBe('{"x":1}');
  });

  it('takes 256 KiB and refuses one byte more, by name (hazard 16)', () => {
    const text = 'é'.repeat(128 * 1024 - 1);
    expect(caught(text).openTasks()).toHaveLength(1);
    const { step } = caught(`${text}x`);
    expect(step.result).toMatchObject([false, { code: 'ValueTooLarge' }]);
    expect(JSON.stringify(step.result)).toContain('input of a has 262145 bytes');
  });

  it.each([
    { startToClose: -1 },
    { scheduleToClose: Number.NaN },
    { retry: { backoff: Number.POSITIVE_INFINITY } },
  ])('refuses %j', (options) => {
    expect(caught(null, options).step.result).toMatchObject([false, { code: 'InvalidOptions' }]);
  });

  it('refuses a name that would not fit into a subject', () => {
    const instance = begin(() => call({ name: 'x'.repeat(129), queue: 'q' }, null));
    expect(instance.step.error?.code).toBe('InvalidOptions');
  });

  it('fails the instance with what nobody catches', () => {
    const instance = begin(() => call(a, null));
    instance.fail('a', { code: 'Down', retryable: true });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'Down', retryable: false } });
  });

  it('throws to the workflow what a CodedError of its own says', () => {
    const instance = begin(function* () {
      throw new CodedError('Mine', 'my own', { details: { n: 1 } });
    });
    expect(instance.step.error).toEqual({
      code: 'Mine',
      message: 'my own',
      retryable: false,
      details: { n: 1 },
    });
  });
});
