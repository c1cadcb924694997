import { InstanceSubjects } from '@countersign/contracts';
import type { Delivery, PublishOutcome, ShardLog } from '@countersign/workflow';
import { shardLogContract } from '../shard-log/shard-log.contract';
import { type Faults, NO_FAULTS } from './faults';
import { Simulation } from './simulation';

const on = new InstanceSubjects(0, 'one');
const simulate = (faults: Partial<Faults> = {}, seed = 1, pinned = true) =>
  new Simulation({ seed, pinned, faults: { ...NO_FAULTS, ...faults } });

/** Drives the simulation while somebody outside of it waits. */
async function finished<T>(simulation: Simulation, promise: Promise<T>): Promise<T> {
  let settled = false;
  const settle = () => (settled = true);
  promise.then(settle, settle);
  const end = await simulation.run({ until: () => settled });
  if (end !== 'until') throw new Error('It is never answered');
  return promise;
}

const driven = (simulation: Simulation, log: ShardLog): ShardLog =>
  new Proxy(log, {
    get:
      (target, method: keyof ShardLog) =>
      (...args: unknown[]) =>
        finished(
          simulation,
          (target[method] as (...args: unknown[]) => Promise<unknown>).apply(target, args),
        ),
  });

shardLogContract('ModelLog', () => {
  const simulation = simulate();
  const log = simulation.client('A').log();
  return {
    log: driven(simulation, log),
    shard: 0,
    ackWait: 5_000,
    consume: (onDelivery) => void log.attachConsumer(onDelivery),
    until: async (condition) => {
      while (!(await condition())) await simulation.run({ forMs: 50 });
    },
    elapse: async (ms) => void (await simulation.run({ forMs: ms })),
    now: () => simulation.jetstream.time(),
    stop: () => undefined,
  };
});

describe('the network', () => {
  it('leaves a publisher in doubt about what was stored and what was not', async () => {
    const outcomes = async (faults: Partial<Faults>) => {
      const simulation = simulate(faults);
      const log = simulation.client('A').log();
      const outcome = await finished(simulation, log.publish({ subject: on.input, body: '' }));
      await simulation.run();
      return [outcome.kind, simulation.jetstream.stream(0).all().length];
    };
    expect(await outcomes({ lost: 1 })).toEqual(['unknown', 0]);
    expect(await outcomes({ unanswered: 1 })).toEqual(['unknown', 1]);
  });

  it('stores some messages after their publisher was told that it is unknown', async () => {
    const late = { before: 0, after: 0 };
    for (let seed = 0; seed < 50; seed++) {
      const simulation = simulate({ stall: 0.7 }, seed);
      const log = simulation.client('A').log();
      const outcome = await finished(simulation, log.publish({ subject: on.input, body: '' }));
      const stored = simulation.jetstream.stream(0).all().length;
      if (outcome.kind === 'unknown') late[stored === 1 ? 'before' : 'after']++;
      await simulation.run();
      expect(simulation.jetstream.stream(0).all()).toHaveLength(1);
    }
    expect(Math.min(late.before, late.after)).toBeGreaterThan(5);
  });

  it('fails other requests, whether they took effect or not', async () => {
    for (const [faults, left] of [
      [{ lost: 1 }, 1],
      [{ unanswered: 1 }, 0],
    ] as const) {
      const simulation = simulate();
      const log = simulation.client('A').log();
      await finished(simulation, log.publish({ subject: on.input, body: '' }));
      simulation.jetstream.faults = { ...NO_FAULTS, ...faults };
      const purge = finished(simulation, log.purge(on.all));
      await expect(purge).rejects.toMatchObject({ code: 'StorageUnavailable', retryable: true });
      await simulation.run();
      expect(simulation.jetstream.stream(0).all()).toHaveLength(left);
    }
  });

  it('misses the newest messages in some reads, but never from the leader', async () => {
    const simulation = simulate({ staleRead: 1 });
    const log = driven(simulation, simulation.client('A').log());
    await log.publish({ subject: on.input, body: '' });
    expect(await log.read(on.input)).toEqual([]);
    expect(await log.readFromLeader(on.input)).toHaveLength(1);
    expect(await log.last(on.input)).toBeDefined();
  });
});

describe('a client', () => {
  it('that crashed has sent what it was sending, or not, and hears of nothing', async () => {
    const stored = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const simulation = simulate({}, seed);
      const client = simulation.client('A');
      const heard: unknown[] = [];
      client.log().attachConsumer((delivery) => heard.push(delivery));
      client.clock.after(10, () => heard.push('timer'));
      for (const n of [1, 2])
        void client
          .log()
          .publish({ subject: on.timer(1, n), body: '' })
          .then((o) => heard.push(o));
      client.crash();
      stored.add(simulation.jetstream.stream(0).all().length);
      void client
        .log()
        .publish({ subject: on.input, body: 'from the dead' })
        .then((o) => heard.push(o));
      const before = simulation.jetstream.stream(0).all().length;
      expect(await simulation.run()).toBe('idle');
      expect([heard, simulation.jetstream.stream(0).all().length]).toEqual([[], before]);
    }
    expect([...stored].sort()).toEqual([0, 1, 2]);
  });

  it('that is stalled hears of everything later', async () => {
    const simulation = simulate();
    const client = simulation.client('A');
    const heard: number[] = [];
    client.clock.after(10, () => heard.push(client.clock.now()));
    void client
      .log()
      .publish({ subject: on.input, body: '' })
      .then(() => heard.push(client.clock.now()));
    client.stall(1_000);
    await simulation.run();
    expect(heard).toHaveLength(2);
    expect(Math.min(...heard)).toBeGreaterThanOrEqual(1_000);
  });

  it('is not called by a timer that it cancelled, even at the instant when it is due', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const simulation = simulate({}, seed);
      const { clock } = simulation.client('A');
      const rung: string[] = [];
      const cancels = ['a', 'b'].map((name, i) =>
        clock.after(10, () => {
          rung.push(name);
          cancels[1 - i]?.();
        }),
      );
      await simulation.run();
      expect(rung).toHaveLength(1);
    }
  });
});

describe('a consumer', () => {
  /** Publishes inputs and gives every delivery with the name of who got it. */
  async function deliveries(
    simulation: Simulation,
    names: string[],
    count: number,
    settle: (delivery: Delivery) => void,
  ) {
    const got: [string, number, number][] = [];
    const clients = names.map((name) => simulation.client(name));
    for (const client of clients) {
      client.log().attachConsumer((delivery) => {
        got.push([client.name, delivery.message.seq, delivery.deliveries]);
        settle(delivery);
      });
    }
    const log = simulation.client('publisher').log();
    await finished(
      simulation,
      Promise.all(Array.from({ length: count }, () => log.publish({ subject: on.input, body: '' }))),
    );
    return { got, clients };
  }

  it('gives everything to one client when it is pinned, to the next one when that is gone', async () => {
    const simulation = simulate();
    const { got, clients } = await deliveries(simulation, ['A', 'B'], 20, () => undefined);
    await simulation.run({ forMs: 100 });
    const [first] = new Set(got.map(([name]) => name));
    expect(new Set(got.map(([name]) => name)).size).toBe(1);
    clients.find(({ name }) => name === first)?.crash();
    got.length = 0;
    await simulation.run({ until: () => got.length >= 20 });
    expect(new Set(got.map(([name]) => name))).toEqual(new Set([first === 'A' ? 'B' : 'A']));
    expect(got.every(([, , times]) => times === 2)).toBe(true);
  });

  it('spreads over all clients when it is not pinned', async () => {
    const simulation = simulate({}, 1, false);
    const { got } = await deliveries(simulation, ['A', 'B'], 20, (delivery) => delivery.ack());
    expect(await simulation.run()).toBe('idle');
    expect(new Set(got.map(([name]) => name)).size).toBe(2);
    expect(got).toHaveLength(20);
    expect(simulation.jetstream.inputs(0).unacknowledged).toEqual([]);
  });

  it.each<[string, Partial<Faults>]>([
    ['was lost', { lostDelivery: 0.5 }],
    ['was acknowledged in vain', { lostAck: 0.5 }],
    ['is in hand, at once', { duplicateDelivery: 0.5 }],
  ])('delivers again what %s', async (_, faults) => {
    const simulation = simulate(faults);
    const { got } = await deliveries(simulation, ['A'], 20, (delivery) => delivery.ack());
    expect(await simulation.run()).toBe('idle');
    expect(new Set(got.map(([, seq]) => seq)).size).toBe(20);
    expect(got.some(([, , times]) => times > 1)).toBe(true);
  });

  it('gives tasks to workers, which may refuse them for a while', async () => {
    const simulation = simulate();
    const worker = simulation.client('worker');
    const times: number[] = [];
    worker.log().attachWorker('slack', (task) => {
      times.push(worker.clock.now());
      if (task.deliveries === 1) task.nak(700);
      else task.ack();
    });
    void worker.log().publish({ subject: on.task('tokens', 'a', 1, 1), body: 'of another queue' });
    void worker.log().publish({ subject: on.task('slack', 'a', 1, 2), body: '' });
    expect(await simulation.run()).toBe('idle');
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(700);
  });
});

describe('a restart of the broker', () => {
  it('forgets some acknowledgements and no message', async () => {
    const simulation = simulate({ forgottenAck: 0.5 });
    const log = simulation.client('A').log();
    const got: number[] = [];
    log.attachConsumer((delivery) => {
      got.push(delivery.message.seq);
      delivery.ack();
    });
    for (let i = 0; i < 20; i++) void log.publish({ subject: on.input, body: '' });
    await simulation.run();
    expect(got).toHaveLength(20);
    simulation.jetstream.restart(1_000);
    await simulation.run();
    expect(got.length).toBeGreaterThan(22);
    expect(got.length).toBeLessThan(38);
    expect(simulation.jetstream.stream(0).all()).toHaveLength(20);
  });

  it('fires what became due meanwhile by sequence, not by due time', async () => {
    const simulation = simulate();
    const log = simulation.client('A').log();
    [400, 200, 300].forEach((ms, n) => {
      const schedule = { at: simulation.jetstream.time() + ms, target: on.input };
      void log.publish({ subject: on.timer(1, n), body: `${n}`, schedule, expectedLast: 0 });
    });
    await simulation.run({ forMs: 100 });
    const stored = simulation.jetstream.stream(0).history.map(({ body }) => body);
    simulation.jetstream.restart(5_000);
    await simulation.run();
    expect(
      simulation.jetstream
        .stream(0)
        .read(on.input)
        .map(({ body }) => body),
    ).toEqual(stored);
  });

  it('forgets the ids of messages that are gone, and no others', async () => {
    const simulation = simulate();
    const log = driven(simulation, simulation.client('A').log());
    const publish = (subject: string): Promise<PublishOutcome> =>
      log.publish({ subject, body: '', msgId: subject });
    for (const subject of [on.input, on.parked]) await publish(subject);
    await log.purge(on.parked);
    simulation.jetstream.restart();
    expect((await publish(on.input)).kind).toBe('duplicate');
    expect((await publish(on.parked)).kind).toBe('stored');
  });

  it('may set stream time back', async () => {
    const simulation = simulate({ skewMs: 2_000 }, 3);
    const before = simulation.jetstream.time();
    simulation.jetstream.restart();
    expect(Math.abs(simulation.jetstream.time() - before)).toBeGreaterThan(100);
  });
});
