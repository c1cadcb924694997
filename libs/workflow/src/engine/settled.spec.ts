/** What is measured of commands that got their results. */
import { all, call, race, sleep, waitForEvent } from '..';
import { a, b, begin, event, go } from '../testing/refs';

const START = Date.parse('2030-01-01T00:00:00Z');
const later = event('later');

describe('what inputs settle', () => {
  it('tells how long an event was waited for, from when the wait began', () => {
    const instance = begin(function* () {
      yield* call(a, 1);
      yield* waitForEvent(go);
    });
    instance.now += 1_000;
    instance.complete(a.name);
    instance.now += 60_000;
    instance.raise(go.name);
    const wait = { kind: 'wait', name: 'go', from: START + 1_000, to: START + 61_000 };
    expect(instance.decision.settled).toEqual([wait]);
  });

  it('tells which event an activity goes back to, be it by way of another one', () => {
    const instance = begin(function* () {
      yield* waitForEvent(go);
      yield* call(a, 1);
      yield* call(b, 2);
    });
    instance.now += 1_000;
    instance.raise(go.name);
    const origin = { event: 'go', at: instance.now };
    instance.now += 10;
    instance.complete(a.name);
    instance.now += 20;
    instance.complete(b.name);
    expect(instance.decisions.flatMap(({ settled }) => settled)).toMatchObject([
      { kind: 'wait' },
      { kind: 'task', name: 'a', origin },
      { kind: 'task', name: 'b', from: origin.at + 10, to: origin.at + 30, origin },
    ]);
  });

  it('knows when an event came that nobody waited for yet', () => {
    const instance = begin(function* () {
      yield* call(a, 1);
      yield* waitForEvent(go);
      yield* call(b, 2);
    });
    instance.now += 1_000;
    instance.raise(go.name);
    instance.now += 500;
    instance.complete(a.name);
    const taken = instance.now;
    expect(instance.decision.settled).toMatchObject([
      { kind: 'task', name: 'a' },
      { kind: 'wait', name: 'go', from: taken, to: taken },
    ]);
    instance.now += 20;
    instance.complete(b.name);
    expect(instance.decision.settled).toEqual([
      { kind: 'task', name: 'b', from: taken, to: taken + 20, origin: { event: 'go', at: START + 1_000 } },
    ]);
  });

  it('knows of no event where a timer or the start came before', () => {
    const instance = begin(function* () {
      yield* race({ due: sleep(1_000), event: waitForEvent(later) });
      yield* waitForEvent(go);
      yield* sleep(1_000);
      yield* call(a, 1);
    });
    instance.now += 1_000;
    instance.fire();
    instance.raise(go.name);
    instance.now += 1_000;
    instance.fire();
    instance.complete(a.name);
    const [task] = instance.decision.settled;
    expect(task).toMatchObject({ kind: 'task', name: 'a' });
    expect(task).not.toHaveProperty('origin');
  });

  it('does not take what another branch decides later for a consequence of the event', () => {
    const instance = begin(() =>
      all([
        waitForEvent(go),
        (function* () {
          yield* call(a, 1);
          yield* call(b, 2);
        })(),
      ]),
    );
    instance.raise(go.name);
    instance.complete(a.name);
    instance.complete(b.name);
    expect(instance.decision.settled).toMatchObject([{ name: 'b' }]);
    expect(instance.decision.settled[0]).not.toHaveProperty('origin');
  });

  it('says nothing of what was given up', () => {
    const instance = begin(() => race({ event: waitForEvent(go), worked: call(a, 1) }));
    instance.raise(go.name);
    expect(instance.decision.settled).toMatchObject([{ kind: 'wait', name: 'go' }]);
  });
});
