import { setTimeout as pause } from 'node:timers/promises';
import { COORDINATOR_CONSUMER, InstanceSubjects, streamName } from '@countersign/contracts';
import { type NatsServer, shardLogContract, startNatsServer } from '@countersign/testing';
import { nanos } from '@nats-io/transport-node';
import { JetStreamConnection } from './connection';
import { consumeInputs, type InputConsumer } from './inputs';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';

/** Shorter than in production, so that redeliveries need not be waited for as long. */
const ACK_WAIT = 1000;
const POLL = 20;

interface Deployment {
  readonly server: NatsServer;
  readonly connection: JetStreamConnection;
  readonly logs: ShardLogs;
  stop(): Promise<void>;
}

async function deploy(): Promise<Deployment> {
  const server = await startNatsServer();
  const connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
  await ensureTopology(connection, { shards: 1, durability: 'single', queues: [], pinCoordinators: false });
  await connection.jsm.consumers.update(streamName(0), COORDINATOR_CONSUMER, { ack_wait: nanos(ACK_WAIT) });
  const logs = new ShardLogs(connection, 1);
  return {
    server,
    connection,
    logs,
    stop: async () => {
      logs.close();
      await connection.close();
      await server.stop();
    },
  };
}

shardLogContract('JetStream', async () => {
  const { connection, logs, stop } = await deploy();
  let consumer: InputConsumer | undefined;
  return {
    log: logs.at(0),
    shard: 0,
    ackWait: ACK_WAIT,
    consume: async (onDelivery) => {
      consumer = await consumeInputs(connection, 0, { onDelivery });
    },
    until: async (condition) => {
      while (!(await condition())) await pause(POLL);
    },
    elapse: (ms) => pause(ms),
    now: () => Date.now(),
    stop: async () => {
      await consumer?.stop();
      await stop();
    },
  };
});

describe('JetStreamLog', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deploy();
  });
  afterAll(() => deployment.stop());

  const log = () => deployment.logs.at(0);
  const published = (subject: string, n: number) =>
    Promise.all(
      Array.from({ length: n }, async (_, i) => {
        const outcome = await log().publish({ subject, body: String(i) });
        if (outcome.kind !== 'stored') throw new Error(JSON.stringify(outcome));
        return outcome.seq;
      }),
    );

  it('reads a subject that is longer than a batch, from any sequence on', async () => {
    const { input, step } = new InstanceSubjects(0, 'long');
    const seqs = await published(input, 2500);
    await published(step, 3);
    const all = await log().read(input);
    expect(all.map(({ seq }) => seq)).toEqual(seqs);
    expect(all.map(({ body }) => Number(body))).toEqual(seqs.map((_, i) => i));
    expect(await log().read(input, seqs[2400])).toEqual(all.slice(2400));
  });

  it('gives the last message from any replica', async () => {
    const { step } = new InstanceSubjects(0, 'last');
    expect(await log().lastFromAny(step)).toBeUndefined();
    await published(step, 3);
    expect(await log().lastFromAny(step)).toEqual(await log().last(step));
  });

  describe('confirms the last message without a right to ask the leader for messages', () => {
    const confirmed = ({ step, progress }: { step: string; progress: string }) =>
      log().lastConfirmed(step, progress);
    const subjectsOf = (id: string) => {
      const subjects = new InstanceSubjects(0, id);
      return { step: subjects.step, progress: subjects.progress(1, 1) };
    };
    afterEach(() => jest.restoreAllMocks());

    it('and stores nothing for it', async () => {
      const subjects = subjectsOf('confirmed');
      await published(subjects.step, 3);
      expect(await confirmed(subjects)).toEqual(await log().last(subjects.step));
      expect(await log().last(subjects.progress)).toBeUndefined();
    });

    it('when there is none, or none any more', async () => {
      const subjects = subjectsOf('purged');
      expect(await confirmed(subjects)).toBeUndefined();
      await published(subjects.step, 2);
      await log().purge(subjects.step);
      expect(await confirmed(subjects)).toBeUndefined();
    });

    // Fails when lastConfirmed does not compare with the sequence that the leader named.
    it('and does not believe a replica that is behind', async () => {
      const subjects = subjectsOf('behind');
      await published(subjects.step, 1);
      const old = await log().lastFromAny(subjects.step);
      await published(subjects.step, 1);
      const answers = jest.spyOn(log(), 'lastFromAny');
      answers.mockResolvedValueOnce(undefined).mockResolvedValueOnce(old);
      expect(await confirmed(subjects)).toMatchObject({ body: '0', seq: (old?.seq ?? 0) + 1 });
      expect(answers).toHaveBeenCalledTimes(3);
    });

    it('and its sequence in the whole stream', async () => {
      const subjects = subjectsOf('sequence');
      const [seq] = await published(subjects.step, 1);
      expect(await log().lastSequence(subjects.progress)).toBe(seq);
    });
  });

  it('asks again after a reconnect what was not answered', async () => {
    const { step } = new InstanceSubjects(0, 'reconnect');
    await published(step, 3);
    const down = new Promise<void>((resolve) => deployment.connection.onDisconnect(resolve));
    await deployment.server.kill();
    await down;
    const readings = [log().read(step), log().readFromLeader(step)];
    await deployment.server.restart();
    for (const messages of await Promise.all(readings)) expect(messages).toHaveLength(3);
  });

  it('says that storage is unavailable when nobody answers in time', async () => {
    const { input, all } = new InstanceSubjects(0, 'unavailable');
    await deployment.server.kill();
    const refusal = { code: 'StorageUnavailable', retryable: true };
    await Promise.all([
      expect(log().last(input)).rejects.toMatchObject(refusal),
      expect(log().read(input)).rejects.toMatchObject(refusal),
      expect(log().subjects(all)).rejects.toMatchObject(refusal),
    ]);
    await deployment.server.restart();
  });
});
