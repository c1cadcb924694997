import { all, call, forever, race, saga, setCustomStatus, sleep, until, waitForEvent } from '..';
import { a, b, begin, go, undoA, withdrawn } from '../testing/refs';

describe('until', () => {
  it('goes on at once where it holds already', () => {
    const instance = begin(function* () {
      yield* until(() => true);
      return 'done';
    });
    expect(instance.step.result).toBe('done');
  });

  it('goes on with the input that made another branch bring it about', () => {
    const seen: unknown[] = [];
    const instance = begin(function* () {
      const heard: unknown[] = [];
      return yield* race({
        enough: until(() => heard.length === 2),
        hears: (function* () {
          for (;;) {
            heard.push(yield* waitForEvent(go));
            yield* setCustomStatus(heard.length);
          }
        })(),
      });
    });
    seen.push(instance.raise('go').step.status, instance.raise('go').step.status);
    expect(seen).toEqual(['Running', 'Completed']);
    expect(instance.step).toMatchObject({ result: { winner: 'enough' }, customStatus: 2, waits: [] });
  });

  it('is a queue between branches: one works off what another takes in, and neither waits for the other', () => {
    const instance = begin(function* () {
      const queue: unknown[] = [];
      yield* race({
        takes: (function* () {
          for (;;) queue.push(yield* waitForEvent(go));
        })(),
        works: (function* () {
          for (;;) {
            yield* until(() => queue.length > 0);
            yield* call(a, queue.shift());
          }
        })(),
      });
    });
    instance.raise('go', 1);
    instance.raise('go', 2);
    expect(instance.openTasks().map(({ args }) => args)).toEqual(['1']);
    instance.complete('a');
    expect(instance.openTasks().map(({ args }) => args)).toEqual(['2']);
  });

  it('wakes the oldest first, and looks again after each', () => {
    const instance = begin(function* () {
      let free = true;
      const order: string[] = [];
      const take = (name: string) =>
        (function* () {
          yield* until(() => free);
          free = false;
          order.push(name);
          yield* sleep(10);
          free = true;
        })();
      yield* all([take('first'), take('second')]);
      return order;
    });
    expect(instance.open()).toHaveLength(1);
    instance.fire();
    instance.fire();
    expect(instance.step.result).toEqual(['first', 'second']);
  });

  it('throws what its condition throws, where it waits', () => {
    const instance = begin(function* () {
      try {
        yield* until(() => {
          throw new Error('who knows');
        });
      } catch (error) {
        return (error as Error).message;
      }
    });
    expect(instance.step.result).toBe('who knows');
  });

  it('is stopped with a lost race, and undone with a cancel', () => {
    const body = () =>
      saga(function* (saga) {
        yield* saga.do(call(a, 1), () => call(undoA, 1));
        return yield* race({ rests: forever(), limit: sleep(10), work: call(b, 1) });
      });
    const late = begin(body);
    late.complete('a');
    late.fire();
    expect(late.step.result).toMatchObject({ winner: 'limit' });
    expect(withdrawn(late)).toEqual(['task b']);
    const cancelled = begin(body);
    cancelled.complete('a');
    cancelled.control('cancel', 'no');
    cancelled.complete('undo-a');
    expect(cancelled.status).toBe('Canceled');
  });

  it('that never holds keeps nobody from being cancelled', () => {
    const instance = begin(() => forever());
    expect(instance.status).toBe('Running');
    instance.control('cancel', 'no');
    expect(instance.status).toBe('Canceled');
  });
});
