import type { InstanceView } from '@countersign/jetstream';
import { aStep } from '@countersign/testing';
import { Pace } from './pace';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

const aged = (age: number, workflow = 'W'): InstanceView => ({
  id: 'i',
  seq: 1,
  status: 'Running',
  step: aStep({ workflow, createdAt: DAY - age }),
});
const pace = (declared?: number) => new Pace({ min: 1, max: 30 }, () => declared);
const ended = (duration: number, workflow = 'W') =>
  aStep({ workflow, createdAt: 5, updatedAt: 5 + duration });

describe('how long a client is told to wait', () => {
  it.each([
    [0, 1],
    [3 * SECOND, 1],
    [20 * SECOND, 5],
    [MINUTE, 15],
    [DAY, 30],
  ])('is a quarter of the age while nothing is known of the workflow: %d ms → %d s', (age, seconds) => {
    expect(pace().retryAfter(aged(age), DAY)).toBe(seconds);
  });

  it.each([
    [0, 15],
    [40 * SECOND, 5],
    [59 * SECOND, 1],
    [MINUTE, 1],
    [2 * MINUTE, 15],
    [DAY, 30],
  ])(
    'of a workflow that usually takes a minute is a quarter of the distance to that: at %d ms → %d s',
    (age, seconds) => {
      const learnt = pace();
      for (let i = 0; i < 5; i++) learnt.learn(ended(MINUTE));
      expect(learnt.retryAfter(aged(age), DAY)).toBe(seconds);
    },
  );

  it('is the ceiling from the start where people usually take days', () => {
    const learnt = pace();
    learnt.learn(ended(2 * DAY));
    expect(learnt.retryAfter(aged(0), DAY)).toBe(30);
  });

  it('follows what the workflow takes now, and one month among seconds does not count for much', () => {
    const learnt = pace();
    learnt.learn(ended(30 * DAY));
    for (let i = 0; i < 30; i++) learnt.learn(ended(4 * SECOND));
    expect(learnt.retryAfter(aged(0), DAY)).toBeLessThanOrEqual(2);
    learnt.learn(ended(30 * DAY));
    expect(learnt.retryAfter(aged(0), DAY)).toBeLessThan(30);
  });

  it('is learnt for each workflow by itself', () => {
    const learnt = pace();
    learnt.learn(ended(DAY, 'Slow'));
    expect([learnt.retryAfter(aged(0, 'Slow'), DAY), learnt.retryAfter(aged(0, 'Other'), DAY)]).toEqual([
      30, 1,
    ]);
  });

  it('is what the workflow declares, whatever was learnt', () => {
    const declared = pace(20);
    declared.learn(ended(10));
    expect(declared.retryAfter(aged(0), DAY)).toBe(20);
  });

  it('counts from the start where there is no step yet, and is the floor where clocks disagree', () => {
    const started = { workflow: 'W', at: DAY - 20 * SECOND };
    expect(pace().retryAfter({ id: 'i', seq: 0, status: 'Pending', started }, DAY)).toBe(5);
    expect(pace().retryAfter(aged(-MINUTE), DAY)).toBe(1);
  });
});
