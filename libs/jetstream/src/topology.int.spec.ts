import {
  COORDINATOR_CONSUMER,
  COORDINATOR_GROUP,
  DEAD_LETTER_STREAM,
  streamName,
  workerConsumer,
} from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import { nanos } from '@nats-io/transport-node';
import { JetStreamConnection } from './connection';
import { ensureTopology, type Topology } from './topology';

const topology: Topology = { shards: 2, durability: 'single', queues: ['tokens', 'slack'] };

describe('ensureTopology', () => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  beforeEach(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
  });
  afterEach(async () => {
    await connection.close();
    await server.stop();
  });

  it('creates a stream per shard, its consumers and the dead letters', async () => {
    await ensureTopology(connection, topology);
    for (const shard of [0, 1]) {
      const { config } = await connection.jsm.streams.info(streamName(shard));
      expect(config).toMatchObject({
        subjects: [`wf.${shard}.>`],
        storage: 'file',
        retention: 'limits',
        allow_direct: true,
        allow_msg_schedules: true,
        allow_msg_ttl: true,
        allow_rollup_hdrs: true,
        max_age: 0,
        max_msgs: -1,
        num_replicas: 1,
      });
      const coordinator = await connection.jsm.consumers.info(streamName(shard), COORDINATOR_CONSUMER);
      expect(coordinator.config).toMatchObject({
        filter_subject: `wf.${shard}.*.in`,
        ack_wait: nanos(5000),
        max_deliver: -1,
        priority_groups: [COORDINATOR_GROUP],
        priority_policy: 'pinned_client',
      });
    }
    await expect(connection.jsm.streams.info(DEAD_LETTER_STREAM)).resolves.toBeDefined();
  });

  it('hazard 6: no consumer gives up on a message, however often it is delivered', async () => {
    await ensureTopology(connection, topology);
    for (const name of [COORDINATOR_CONSUMER, workerConsumer('tokens'), workerConsumer('slack')]) {
      const { config } = await connection.jsm.consumers.info(streamName(1), name);
      expect(config.max_deliver).toBe(-1);
    }
  });

  it('may be done by many services at once', async () => {
    const services = await Promise.all(
      Array.from({ length: 8 }, () => JetStreamConnection.open({ servers: server.url, name: 'spec' })),
    );
    await Promise.all(services.map((service) => ensureTopology(service, topology)));
    expect(await connection.jsm.streams.names().next()).toHaveLength(4);
    await Promise.all(services.map((service) => service.close()));
  });

  it('changes a consumer whose configuration differs', async () => {
    await ensureTopology(connection, topology);
    const name = workerConsumer('tokens');
    await connection.jsm.consumers.update(streamName(0), name, { ack_wait: nanos(1000) });
    await ensureTopology(connection, topology);
    expect((await connection.jsm.consumers.info(streamName(0), name)).config.ack_wait).toBe(nanos(15_000));
  });

  it('refuses another shard count than the first one, saying both', async () => {
    await ensureTopology(connection, topology);
    await expect(ensureTopology(connection, { ...topology, shards: 3 })).rejects.toMatchObject({
      code: 'WrongShardCount',
      message: expect.stringMatching(/SHARDS=2.*SHARDS=3.*Set SHARDS=2/),
    });
  });
});
