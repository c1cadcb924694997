import { aStep } from '@countersign/testing';
import { type StatusView, viewOf } from './status-reader';
import { Watch } from './watch';

const stepOf = (seq: number): StatusView =>
  viewOf({ id: 'i', seq, status: 'Running', step: aStep({ customStatus: seq }) });
const nobodyLeft = () => new AbortController().signal;
const reached = (seq: number) => (view: StatusView | undefined) => (view?.seq ?? 0) >= seq;

/** A journal whose newest step the spec sets, and a subscription that the spec plays. */
function aWatch(newest = 1) {
  const instance = {
    newest: stepOf(newest) as StatusView | undefined,
    reads: 0,
    subscribed: true,
    failing: false,
    hint: (_of: 'step' | 'progress'): void => undefined,
  };
  const watch = new Watch(stepOf(newest), {
    read: async () => {
      instance.reads++;
      if (instance.failing) throw new Error('JetStream is away');
      return instance.newest;
    },
    subscribe: (listener) => {
      instance.hint = listener;
      return () => (instance.subscribed = false);
    },
  });
  return { instance, watch, follower: watch.join(stepOf(newest)) };
}

describe('a watched instance', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is looked at soon after a hint, and again when the step was not stored yet', async () => {
    const { instance, follower } = aWatch();
    await jest.advanceTimersByTimeAsync(8000);
    const changed = follower.until(reached(2), 60_000, nobodyLeft());
    instance.hint('step');
    await jest.advanceTimersByTimeAsync(3);
    instance.newest = stepOf(2);
    await jest.advanceTimersByTimeAsync(10);
    await expect(changed).resolves.toBe(true);
  });

  it('is seen to have changed although the hint was lost', async () => {
    const { instance, follower } = aWatch();
    await jest.advanceTimersByTimeAsync(60_000);
    const changed = follower.until(reached(2), 60_000, nobodyLeft());
    instance.newest = stepOf(2);
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(changed).resolves.toBe(true);
  });

  it('in which nothing happens is read a few times a minute', async () => {
    const { instance } = aWatch();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(instance.reads).toBeLessThanOrEqual(10);
  });

  it('whose activity reports all the time is read four times a second', async () => {
    const { instance } = aWatch();
    await jest.advanceTimersByTimeAsync(60_000);
    instance.reads = 0;
    for (let i = 0; i < 1000; i++) {
      instance.hint('progress');
      await jest.advanceTimersByTimeAsync(10);
    }
    expect(instance.reads).toBeGreaterThanOrEqual(20);
    expect(instance.reads).toBeLessThanOrEqual(41);
  });

  it('is looked at once for everybody who asks at the same time', async () => {
    const { instance, watch } = aWatch();
    await jest.advanceTimersByTimeAsync(1);
    instance.reads = 0;
    await Promise.all(Array.from({ length: 1000 }, () => watch.look()));
    expect(instance.reads).toBe(1);
  });

  it('that cannot be read is read again by the clock', async () => {
    const { instance, follower } = aWatch();
    instance.failing = true;
    const changed = follower.until(reached(2), 60_000, nobodyLeft());
    await jest.advanceTimersByTimeAsync(5000);
    instance.failing = false;
    instance.newest = stepOf(2);
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(changed).resolves.toBe(true);
  });

  it('lets a follower go when the time is up, when it left, and when everybody is woken', async () => {
    const { watch, follower } = aWatch();
    const leaving = new AbortController();
    const outcomes = [
      follower.until(reached(2), 1000, nobodyLeft()),
      follower.until(reached(2), 60_000, leaving.signal),
    ];
    await jest.advanceTimersByTimeAsync(1000);
    leaving.abort();
    outcomes.push(follower.until(reached(2), 60_000, nobodyLeft()));
    outcomes.push(follower.until(reached(2), 60_000, leaving.signal));
    watch.wake();
    expect(await Promise.all(outcomes)).toEqual([false, false, false, false]);
  });

  it('learns of a newer step from a follower that has seen it, and forgets it for none that has not', async () => {
    const { watch, follower } = aWatch(5);
    const changed = follower.until(reached(6), 60_000, nobodyLeft());
    watch.join(stepOf(6));
    await expect(changed).resolves.toBe(true);
    watch.join(stepOf(4));
    expect(watch.newest?.seq).toBe(6);
  });

  it('that is gone is a change', async () => {
    const { instance, follower, watch } = aWatch();
    const changed = follower.until((view) => view === undefined, 60_000, nobodyLeft());
    instance.newest = undefined;
    instance.hint('step');
    await jest.advanceTimersByTimeAsync(10);
    await expect(changed).resolves.toBe(true);
    expect(watch.newest).toBeUndefined();
  });

  it('that is closed is neither subscribed to nor read any more', async () => {
    const { instance, watch } = aWatch();
    await jest.advanceTimersByTimeAsync(1);
    watch.close();
    instance.reads = 0;
    instance.hint('step');
    await jest.advanceTimersByTimeAsync(60_000);
    expect([instance.subscribed, instance.reads]).toEqual([false, 0]);
  });
});
