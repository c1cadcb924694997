import { streamName, workerConsumer } from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
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
  }, 15_000);
});
