import { randomFaults } from './faults';
import { SeededRandom } from './random';
import { Scheduler } from './scheduler';
import { Simulation } from './simulation';

describe('the scheduler', () => {
  it('lets the code under test come to a halt before the next action, however long its chain of awaits', async () => {
    const scheduler = new Scheduler(new SeededRandom(1));
    const seen: string[] = [];
    const chain = async (name: string) => {
      for (let i = 0; i < 1_000; i++) await null;
      seen.push(name);
    };
    for (const name of ['a', 'b']) {
      scheduler.add(name, () => {
        seen.push(`enter ${name}`);
        void chain(name);
        return true;
      });
    }
    await scheduler.run();
    const [first, second] = seen[0] === 'enter a' ? ['a', 'b'] : ['b', 'a'];
    expect(seen).toEqual([`enter ${first}`, first, `enter ${second}`, second]);
  });

  it('runs actions in an order that depends on the seed alone', async () => {
    const order = async (seed: number) => {
      const scheduler = new Scheduler(new SeededRandom(seed));
      const seen: number[] = [];
      for (let i = 0; i < 6; i++) scheduler.add(`${i}`, () => seen.push(i) < 0);
      await scheduler.run();
      return seen.join('');
    };
    const orders = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(order));
    expect(new Set(orders).size).toBeGreaterThan(5);
    expect(await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(order))).toEqual(orders);
  });

  it('calls timers in time, does not wait for those in the background, and ends when its time is over', async () => {
    const { clock, run } = scheduling();
    const seen: string[] = [];
    for (const ms of [30, 10, 20]) clock.after(ms, () => seen.push(`${ms}`));
    clock.after(5, () => seen.push('background'), true);
    clock.after(1_000_000, () => seen.push('far in the background'), true);
    clock.after(15, () => seen.push('canceled'))();
    expect(await run({ forMs: 25 })).toBe('time');
    expect([seen, clock.now()]).toEqual([['background', '10', '20'], 25]);
    expect(await run()).toBe('idle');
    expect(seen.at(-1)).toBe('30');
    expect([await run({ forMs: 1_000 }), clock.now()]).toEqual(['idle', 1_030]);
  });

  it('finds out a loop that never rests', async () => {
    const scheduler = new Scheduler(new SeededRandom(1));
    const again = () => {
      scheduler.add('again', again);
      return false;
    };
    again();
    await expect(scheduler.run({ maxSteps: 1_000 })).rejects.toThrow('No rest after 1000 actions');
  });
});

const scheduling = () => {
  const scheduler = new Scheduler(new SeededRandom(1));
  return { clock: scheduler.clock, run: scheduler.run.bind(scheduler) };
};

it('draws every fault for some seeds and none for others', () => {
  const drawn = Array.from({ length: 200 }, (_, seed) => randomFaults(new SeededRandom(seed)));
  for (const fault of Object.keys(drawn[0] ?? {}) as (keyof (typeof drawn)[0])[]) {
    const levels = new Set(drawn.map((faults) => faults[fault]));
    expect([fault, levels.size]).toEqual([fault, 3]);
  }
});

it('has no other source of chance than its seed', async () => {
  const run = async (seed: number) => {
    const simulation = new Simulation({ seed, shards: 2, faults: randomFaults, traced: true });
    const log = simulation.client('A').log(1);
    log.attachConsumer((delivery) => delivery.ack());
    for (let i = 0; i < 20; i++)
      void log.publish({ subject: `wf.1.x${i % 3}.in`, body: '', msgId: `${i % 15}` });
    simulation.scheduler.clock.after(20, () => simulation.jetstream.restart(100));
    await simulation.run();
    return { fingerprint: simulation.scheduler.fingerprint, trace: simulation.scheduler.trace };
  };
  const seeds = Array.from({ length: 20 }, (_, seed) => seed);
  const [once, twice] = [await Promise.all(seeds.map(run)), await Promise.all(seeds.map(run))];
  expect(twice).toEqual(once);
  expect(new Set(once.map(({ fingerprint }) => fingerprint)).size).toBe(seeds.length);
});
