import {
  COORDINATOR_CONSUMER,
  COORDINATOR_GROUP,
  InstanceSubjects,
  streamName,
} from '@countersign/contracts';
import { type NatsServer, startNatsServer } from '@countersign/testing';
import type { Delivery } from '@countersign/workflow';
import { nanos } from '@nats-io/transport-node';
import { JetStreamConnection } from './connection';
import { consumeInputs, type InputConsumer } from './inputs';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';

/** What one consumer was given, in order, and a way to wait for it. */
class Received {
  readonly deliveries: Delivery[] = [];
  private wake: () => void = () => undefined;

  constructor(private readonly handle: (delivery: Delivery) => void = () => undefined) {}

  readonly onDelivery = (delivery: Delivery): void => {
    this.deliveries.push(delivery);
    this.handle(delivery);
    this.wake();
  };

  get seqs(): number[] {
    return this.deliveries.map(({ message }) => message.seq);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  count(n: number): Promise<void> {
    return this.until(() => this.deliveries.length >= n);
  }
}

const ack = (delivery: Delivery) => delivery.ack();

describe.each([
  ['pinned', COORDINATOR_GROUP],
  ['plain', undefined],
])('consumeInputs, %s', (_, group) => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  let logs: ShardLogs;
  let open: (InputConsumer | JetStreamConnection)[];

  beforeEach(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, {
      shards: 1,
      durability: 'single',
      queues: [],
      pinCoordinators: group !== undefined,
    });
    // Shorter than in production, so that the tests need not wait for it as long.
    await acknowledgeWithin(1_000);
    logs = new ShardLogs(connection, 1);
    open = [];
  });
  afterEach(async () => {
    for (const it of open) await (it instanceof JetStreamConnection ? it.close() : it.stop());
    logs.close();
    await connection.close();
    await server.stop();
  });

  const acknowledgeWithin = (ms: number) =>
    connection.jsm.consumers.update(streamName(0), COORDINATOR_CONSUMER, { ack_wait: nanos(ms) });
  const publish = (id: string, expectedLast?: number) =>
    logs.at(0).publish({ subject: new InstanceSubjects(0, id).input, body: `"${id}"`, expectedLast });
  const publishMany = async (n: number) => {
    const outcomes = await Promise.all(Array.from({ length: n }, (_, i) => publish(`i${i}`)));
    return outcomes.map((outcome) => ('seq' in outcome ? outcome.seq : -1));
  };
  const consume = async (received: Received, prefetch?: number, by = connection) => {
    const consumer = await consumeInputs(by, 0, { prefetch, group, onDelivery: received.onDelivery });
    open.unshift(consumer);
    return consumer;
  };

  it('delivers what is stored, with its stream time and whether it is the first on its subject', async () => {
    await publish('x', 0);
    await publish('x');
    const received = new Received(ack);
    await consume(received);
    await received.count(2);

    const stored = await logs.at(0).readFromLeader(new InstanceSubjects(0, 'x').input);
    expect(received.deliveries.map(({ message }) => message)).toEqual(stored);
    expect(received.deliveries.map(({ firstOnSubject }) => firstOnSubject)).toEqual([true, false]);
    expect(received.deliveries.map(({ deliveries }) => deliveries)).toEqual([1, 1]);
  });

  it('hazard 20: has no more in hand than its prefetch, however large the backlog', async () => {
    const seqs = await publishMany(100);
    let most = 0;
    const held: Delivery[] = [];
    const received: Received = new Received((delivery) => {
      held.push(delivery);
      most = Math.max(most, consumer?.inHand ?? 0);
      if (held.length === 10) setImmediate(() => held.splice(0).forEach(ack));
    });
    let consumer: InputConsumer | undefined = undefined;
    consumer = await consume(received, 10);
    await received.count(100);

    expect(most).toBe(10);
    expect(received.seqs).toEqual(seqs);
    expect(received.deliveries.every(({ deliveries }) => deliveries === 1)).toBe(true);
  });

  it('delivers again what was neither acknowledged nor renewed, even when that is the whole prefetch', async () => {
    await publishMany(4);
    const received = new Received((delivery) => delivery.deliveries === 2 && delivery.ack());
    await consume(received, 4);
    await received.count(8);
    expect(received.seqs.slice(4).toSorted()).toEqual(received.seqs.slice(0, 4));
  });

  it('does not deliver again what is renewed', async () => {
    await acknowledgeWithin(3_000);
    const received = new Received();
    const consumer = await consume(received);
    await publish('x');
    await received.count(1);
    const renewal = setInterval(() => received.deliveries[0]?.working(), 200);
    await new Promise((resolve) => setTimeout(resolve, consumer.ackWait * 1.5));
    clearInterval(renewal);
    expect(received.deliveries).toHaveLength(1);
  });

  it('goes on after a restart of the server', async () => {
    const received = new Received(ack);
    await consume(received);
    await publish('before');
    await received.count(1);
    await server.kill();
    await server.restart();
    await publish('after');
    await received.until(() => received.deliveries.some(({ message }) => message.body === '"after"'));
  });

  it('gives its place up when it stops', async () => {
    // A place that is not given up stays taken for longer than this test may last.
    if (group !== undefined)
      await connection.jsm.consumers.update(streamName(0), COORDINATOR_CONSUMER, {
        priority_timeout: nanos(600_000),
      });
    const first = new Received(ack);
    const stopping = await consume(first);
    await publish('x');
    await first.count(1);
    const second = new Received(ack);
    await consume(second);

    await stopping.stop();
    await publish('y');
    await second.count(1);
    expect(second.deliveries).toMatchObject([{ deliveries: 1 }]);
    expect(first.deliveries).toHaveLength(1);
  });

  it('another client takes over when one dies, and gets what that one had in hand', async () => {
    const dying = await JetStreamConnection.open({ servers: server.url, name: 'dying' });
    const lost = new Received();
    const consumer = await consumeInputs(dying, 0, { group, onDelivery: lost.onDelivery });
    await publish('x');
    await lost.count(1);
    const survivor = new Received(ack);
    await consume(survivor);

    await dying.nc.close();
    await publish('y');
    await survivor.until(() =>
      ['"x"', '"y"'].every((b) => survivor.deliveries.some((d) => d.message.body === b)),
    );
    await consumer.stop();
  });

  if (group !== undefined) {
    it('gives everything to one of two clients', async () => {
      const [a, b] = [new Received(ack), new Received(ack)];
      await consume(a, 5);
      await publish('first');
      await a.count(1);
      await consume(b, 5);
      await publishMany(50);
      await a.count(51);
      expect(b.deliveries).toEqual([]);
    });

    it.each([
      ['while hardly anything comes', 5],
      ['with all in hand that it may have', 1],
    ])('stays with the client that has it, %s', async (_, prefetch) => {
      const [a, b] = [new Received(), new Received()];
      await consume(a, prefetch);
      await publish('first');
      await a.count(1);
      await consume(b, prefetch);
      // Longer than the server waits for a sign of the client.
      for (let renewals = 0; renewals < 20; renewals++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        a.deliveries[0]?.working();
      }
      await publish('second');
      a.deliveries[0]?.ack();
      await Promise.race([a.count(2), b.count(1)]);
      expect(b.deliveries).toEqual([]);
    });
  }
});
