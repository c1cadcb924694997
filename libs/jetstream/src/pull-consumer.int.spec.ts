import {
  COORDINATOR_CONSUMER,
  COORDINATOR_GROUP,
  InstanceSubjects,
  streamName,
  workerConsumer,
} from '@countersign/contracts';
import { type NatsServer, startNatsServer } from '@countersign/testing';
import { consumerNext } from './api-subjects';
import { JetStreamConnection } from './connection';
import { PullConsumer } from './pull-consumer';
import { QUEUE } from './testing/worker';
import { ensureTopology } from './topology';

const STREAM = streamName(0);
const CONSUMER = workerConsumer(QUEUE);
const POLL = 20;

/** Every different state until one is as wanted. */
async function statesUntil(wanted: true | string, consumer: PullConsumer): Promise<(true | string)[]> {
  const states: (true | string)[] = [];
  for (;;) {
    const state = consumer.check();
    if (state !== states.at(-1)) states.push(state);
    if (state === wanted) return states;
    await new Promise((resolve) => setTimeout(resolve, POLL));
  }
}

describe('PullConsumer', () => {
  let server: NatsServer;
  const opened: JetStreamConnection[] = [];
  const connect = async (user: string) => {
    const settings = { servers: server.url, name: user, user, password: 'secret' };
    const connection = await JetStreamConnection.open(settings);
    opened.push(connection);
    return connection;
  };

  beforeAll(async () => {
    const refused = `publish: { deny: "${consumerNext(STREAM, CONSUMER)}" }`;
    server = await startNatsServer({
      config: `authorization { users: [
        { user: maker, password: secret }
        { user: worker, password: secret, permissions: { ${refused}, subscribe: "_INBOX_worker.>" } } ] }`,
    });
    await ensureTopology(await connect('maker'), { shards: 1, durability: 'single', queues: [QUEUE] });
  });
  afterAll(async () => {
    for (const connection of opened) await connection.close();
    await server.stop();
  });

  const open = async (user: string) =>
    PullConsumer.open(await connect(user), {
      stream: STREAM,
      consumer: CONSUMER,
      prefetch: 1,
      onMessage: () => undefined,
    });

  it('is served once JetStream has said so', async () => {
    const consumer = await open('maker');
    expect(await statesUntil(true, consumer)).toEqual(['JetStream has not answered yet', true]);
    await consumer.stop();
    expect(consumer.check()).toBe('stopped');
  });

  it('is never served where its user may not ask for messages', async () => {
    const consumer = await open('worker');
    const silence = 'JetStream does not answer requests for messages';
    expect(await statesUntil(silence, consumer)).toEqual(['JetStream has not answered yet', silence]);
    await consumer.stop();
  });

  it('leaves its place to another of its group, gives back what still comes, and gets it again when that one leaves', async () => {
    const got: string[] = [];
    const openPinned = async (name: string) =>
      PullConsumer.open(await connect('maker'), {
        stream: STREAM,
        consumer: COORDINATOR_CONSUMER,
        group: COORDINATOR_GROUP,
        prefetch: 10,
        onMessage: (message) => {
          got.push(`${name} ${message.text()}`);
          message.ack();
        },
      });
    const publisher = await connect('maker');
    const { input } = new InstanceSubjects(0, 'any');
    const publish = async (...bodies: string[]) => {
      for (const body of bodies) await publisher.js.publish(input, body);
    };
    const until = async (count: number) => {
      while (got.length < count) await new Promise((resolve) => setTimeout(resolve, POLL));
    };

    const first = await openPinned('first');
    await publish('1');
    await until(1);
    const second = await openPinned('second');
    await publish('2');
    await until(2);
    expect([first.isPinned, second.isPinned]).toEqual([true, false]);
    await Promise.all([first.leave(), publish('3', '4')]);
    await until(4);
    expect([first.isPinned, second.isPinned]).toEqual([false, true]);
    first.standBy();
    await second.leave();
    await publish('5');
    await until(5);
    expect([got[0], got[1], got[4]]).toEqual(['first 1', 'first 2', 'first 5']);
    expect(got.slice(2, 4).sort()).toEqual(['second 3', 'second 4']);
    await first.stop();
    await second.stop();
    expect([first.inHand, second.inHand, first.check()]).toEqual([0, 0, 'stopped']);
  });
});
