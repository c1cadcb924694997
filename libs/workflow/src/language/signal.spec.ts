import { signal, sleep, waitForEvent } from '..';
import { begin, disposition, event, go, listed, published } from '../testing/refs';

describe('signal', () => {
  it('is published with its step and not waited for', () => {
    const instance = begin(function* () {
      yield* signal('target', event<unknown>('paid'), { amount: 3 });
      return 'went on';
    });
    expect(instance.step.result).toBe('went on');
    expect(instance.decision.commands).toEqual([
      { kind: 'signal', n: 1, name: 'paid', args: '{"amount":3}', target: 'target' },
    ]);
  });

  it('refuses a target that no instance can be', () => {
    expect(begin(() => signal('', go, 1)).step.error?.code).toBe('InvalidOptions');
  });

  it('is applied once, however often it comes (hazard 10)', () => {
    const instance = begin(function* () {
      const first = yield* waitForEvent(go);
      yield* sleep(10);
      return [first, yield* waitForEvent(go)];
    });
    const signalled = (n: number) =>
      instance.give({ type: 'event', name: 'go', data: n, source: { id: 'sender', run: 1, n } });
    signalled(1);
    signalled(1);
    expect(disposition(instance)).toBe('duplicate');
    instance.fire();
    signalled(1);
    expect(disposition(instance)).toBe('duplicate');
    signalled(2);
    expect(instance.step.result).toEqual([1, 2]);
  });

  it('is applied once although the target was suspended, or restarted, in between', () => {
    const instance = begin(() => sleep(10));
    const signalled = () =>
      instance.give({ type: 'event', name: 'go', data: 1, source: { id: 'sender', run: 1, n: 1 } });
    instance.control('suspend');
    signalled();
    expect(disposition(instance)).toBe('buffered');
    signalled();
    expect(disposition(instance)).toBe('duplicate');
    instance.control('terminate');
    instance.control('restart');
    signalled();
    expect(disposition(instance)).toBe('duplicate');
  });

  it('that came too late for one run may come for the next', () => {
    const instance = begin(() => waitForEvent(go));
    const signalled = () =>
      instance.give({ type: 'event', name: 'go', data: 1, source: { id: 'sender', run: 1, n: 1 } });
    instance.control('terminate');
    signalled();
    expect(disposition(instance)).toBe('late');
    instance.control('restart');
    signalled();
    expect(instance.status).toBe('Completed');
  });

  it('of the run before is still published after a restart', () => {
    const instance = begin(function* () {
      yield* signal('target', go, 1);
    });
    instance.control('restart');
    expect([listed(instance), published(instance)]).toEqual([['signal go'], ['signal go']]);
  });
});
