/** Timers and time: hazards 22 and 23. */
import { all, call, now, race, sleep, sleepUntil, waitForEvent } from '..';
import { a, b, begin, disposition, go, published, withdrawn } from '../testing/refs';

const START = Date.parse('2030-01-01T00:00:00Z');

describe('overdue timers (hazard 22)', () => {
  it('fire in the order in which they are due, whichever input comes first', () => {
    const instance = begin(() => race({ four: sleep(4_000), two: sleep(2_000) }));
    instance.now += 10_000;
    instance.give({ type: 'timer', run: instance.run, n: 1, due: START + 4_000 });
    expect(disposition(instance)).toBe('applied');
    expect(instance.step.result).toEqual({ winner: 'two' });
  });

  it('fire by their numbers where they are due at once', () => {
    const instance = begin(() => race({ first: sleep(2_000), second: sleep(2_000) }));
    instance.now += 2_000;
    instance.give({ type: 'timer', run: instance.run, n: 2, due: START + 2_000 });
    expect(instance.step.result).toEqual({ winner: 'first' });
  });

  it('let what an earlier one leads to go first: it may withdraw the later ones, or be due earlier still', () => {
    const order: string[] = [];
    function* note(name: string, due: number) {
      yield* sleepUntil(START + due);
      order.push(name);
    }
    function* chain() {
      yield* note('one', 1_000);
      yield* note('two', 2_000);
    }
    const instance = begin(() => all([chain(), note('three', 3_000)]));
    order.length = 0;
    instance.now += 10_000;
    const three = instance
      .open()
      .find((command) => command.kind === 'timer' && command.due === START + 3_000)!;
    instance.give({ type: 'timer', run: instance.run, n: three.n, due: START + 3_000 });
    expect(order.slice(0, 3)).toEqual(['one', 'two', 'three']);
    expect(published(instance)).toEqual([]);
  });

  it('do not fire before they are due because another one did', () => {
    const instance = begin(() => all([sleep(1_000), sleep(2_000)]));
    instance.fire();
    expect(instance.open()).toMatchObject([{ due: START + 2_000 }]);
  });

  it('that fired early on another’s input are late when their own input comes', () => {
    const instance = begin(function* () {
      yield* all([sleep(4_000), sleep(2_000)]);
      yield* waitForEvent(go);
    });
    instance.now += 5_000;
    instance.give({ type: 'timer', run: instance.run, n: 1, due: START + 4_000 });
    instance.give({ type: 'timer', run: instance.run, n: 2, due: START + 2_000 });
    expect(disposition(instance)).toBe('late');
    expect(withdrawn(instance)).toEqual([]);
  });

  it('end an instance that sleeps until yesterday again and again', () => {
    function* impatient() {
      for (;;) yield* sleepUntil(0);
    }
    const instance = begin(() => all([sleep(5_000), impatient()]));
    instance.now += 5_000;
    instance.give({ type: 'timer', run: instance.run, n: 1, due: instance.now });
    expect(instance.step).toMatchObject({ status: 'Failed', error: { code: 'BudgetExceeded' } });
  });
});

describe('now', () => {
  it('is the time of the input', () => {
    const instance = begin(function* () {
      const before = yield* now();
      yield* call(a, 1);
      return (yield* now()) - before;
    });
    instance.now += 5_000;
    instance.complete('a');
    expect(instance.step.result).toBe(5_000);
  });

  it('never steps back, although stream time does (hazard 23)', () => {
    const instance = begin(function* () {
      const times = [yield* now()];
      yield* call(a, 1);
      times.push(yield* now());
      yield* call(b, 1);
      times.push(yield* now());
      return times;
    });
    instance.now += 5_000;
    instance.complete('a');
    instance.now -= 3_000;
    instance.complete('b');
    expect(instance.step.result).toEqual([START, START + 5_000, START + 5_000]);
    expect(instance.step.updatedAt).toBe(START + 5_000);
  });

  it('is not before the due time of a timer that fired', () => {
    const instance = begin(function* () {
      yield* sleep(2_000);
      return yield* now();
    });
    instance.now -= 1_000;
    instance.give({ type: 'timer', run: instance.run, n: 1, due: START + 2_000 });
    expect(instance.step.result).toBe(START + 2_000);
  });

  it('goes on from where it was in the run after', () => {
    const instance = begin(() => now());
    instance.now -= 60_000;
    instance.control('restart');
    expect(instance.step.result).toBe(START);
  });
});
