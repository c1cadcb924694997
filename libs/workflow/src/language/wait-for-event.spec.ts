import { all, race, sleep, waitForEvent } from '..';
import { begin, disposition, event, go } from '../testing/refs';

describe('waitForEvent', () => {
  it('shows what is waited for, and gives the data', () => {
    const instance = begin(() => waitForEvent(go));
    expect(instance.step.waits).toEqual(['go']);
    instance.raise('go', { by: 'x' });
    expect(instance.step).toMatchObject({ status: 'Completed', result: { by: 'x' }, waits: [] });
    expect(disposition(instance)).toBe('applied');
  });

  it('keeps events that come before the wait: first in, first out', () => {
    const instance = begin(function* () {
      yield* sleep(10);
      return [yield* waitForEvent(go), yield* waitForEvent(go), yield* waitForEvent(go)];
    });
    instance.raise('go', 1);
    expect(disposition(instance)).toBe('buffered');
    instance.raise('go', 2);
    instance.fire();
    expect(instance.step.waits).toEqual(['go']);
    instance.raise('go', 3);
    expect(instance.step.result).toEqual([1, 2, 3]);
  });

  it('serves the oldest wait of a name first', () => {
    const instance = begin(() => all([waitForEvent(go), waitForEvent(event('other')), waitForEvent(go)]));
    expect(instance.step.waits).toEqual(['go', 'other']);
    instance.raise('go', 'first');
    instance.raise('other', 'else');
    instance.raise('go', 'second');
    expect(instance.step.result).toEqual(['first', 'else', 'second']);
  });

  it('does not serve a wait that was given up', () => {
    const instance = begin(function* () {
      yield* race({ go: waitForEvent(go), late: sleep(10) });
      return yield* waitForEvent(go);
    });
    instance.fire();
    instance.raise('go', 'kept for the second');
    expect(instance.step.result).toBe('kept for the second');
  });

  it('takes events by their whole name, so that a decision on one token answers no other (hazard 14)', () => {
    const decision = (token: string) => event(`decision.${token}`);
    const instance = begin(function* () {
      const first = yield* waitForEvent(decision('one'));
      const second = yield* waitForEvent(decision('two'));
      return [first, second];
    });
    instance.raise('decision.one', 'click');
    instance.raise('decision.one', 'second click on the same button');
    expect(disposition(instance)).toBe('buffered');
    expect(instance.step.waits).toEqual(['decision.two']);
    instance.raise('decision.two', 'click on the other');
    expect(instance.step.result).toEqual(['click', 'click on the other']);
  });

  it('refuses a name that is too long', () => {
    expect(begin(() => waitForEvent(event('x'.repeat(200)))).step.error?.code).toBe('InvalidOptions');
  });
});
