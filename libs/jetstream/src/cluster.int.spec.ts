import { DEAD_LETTER_STREAM, deadLetterSubject, InstanceSubjects, streamName } from '@countersign/contracts';
import { type NatsCluster, type NatsServer, startNatsCluster } from '@countersign/testing';
import { CodedError } from '@countersign/workflow';
import { JetStreamConnection } from './connection';
import { deploymentStreams, Snapshots } from './operator/snapshots';
import { Requests } from './requests';
import { ShardLogs } from './shard-logs';
import { ensureTopology } from './topology';
import { untilThere } from './until-there';

let cluster: NatsCluster;
let connection: JetStreamConnection;
let logs: ShardLogs;

beforeAll(async () => {
  cluster = await startNatsCluster();
  connection = await JetStreamConnection.open({ servers: cluster.urls, name: 'spec' });
  // As a deployment that began on one server.
  for (const durability of ['single', 'replicated'] as const)
    await ensureTopology(connection, { shards: 1, durability, queues: ['spec'] });
  for (const stream of deploymentStreams(1)) while (!(await hasThreeCopies(stream)));
  logs = new ShardLogs(connection, 1);
});
afterAll(async () => {
  logs?.close();
  await connection?.close();
  await cluster?.stop();
});

async function hasThreeCopies(stream: string): Promise<boolean> {
  const { cluster: group } = await connection.jsm.streams.info(stream);
  const [first, second] = group?.replicas ?? [];
  return group?.leader !== undefined && first?.current === true && second?.current === true;
}

const { step, progress } = (() => {
  const subjects = new InstanceSubjects(0, 'one');
  return { step: subjects.step, progress: subjects.progress(1, 1) };
})();

async function stored(subject: string, body: string): Promise<number> {
  for (;;) {
    const outcome = await logs.at(0).publish({ subject, body });
    if (outcome.kind === 'stored') return outcome.seq;
  }
}

async function leader(): Promise<NatsServer> {
  const { cluster: group } = await connection.jsm.streams.info(streamName(0));
  const node = cluster.nodes.find(({ name }) => name === group?.leader);
  if (node === undefined) throw new Error('The stream has no leader');
  return node;
}

it('keeps three copies', async () => {
  for (const stream of deploymentStreams(1))
    expect((await connection.jsm.streams.info(stream)).config.num_replicas).toBe(3);
  const copies = async () => {
    const { cluster: group } = await connection.jsm.consumers.info(streamName(0), 'queue-spec');
    return group?.replicas?.length === 2 || undefined;
  };
  expect(await untilThere('Every copy of the consumer', copies)).toBe(true);
});

it('is backed up from whoever leads, and restored as often', async () => {
  const stream = DEAD_LETTER_STREAM;
  await connection.js.publish(deadLetterSubject('spec'), 'kept');
  const snapshots = new Snapshots(connection);
  const chunks: Uint8Array[] = [];
  const snapshot = await snapshots.take(stream, async (chunk) => chunks.push(chunk.slice()));
  await connection.jsm.streams.delete(stream);
  await snapshots.restore(
    stream,
    snapshot,
    (async function* () {
      yield* chunks;
    })(),
  );
  const { config, state } = await connection.jsm.streams.info(stream);
  expect([config.num_replicas, state.messages]).toEqual([3, 1]);
});

it('confirms every message right after it is stored', async () => {
  for (let i = 0; i < 200; i++) {
    const seq = await stored(step, String(i));
    expect(await logs.at(0).lastConfirmed(step, progress)).toMatchObject({ seq, body: String(i) });
  }
});

describe('while servers come and go, a read', () => {
  let requests: Requests;
  beforeAll(() => {
    requests = new Requests(connection);
  });
  afterAll(() => requests.close());
  const ask = (subject: string) => requests.request(subject, '', () => (answer) => answer.string());

  // Fails without Request.askAgainAt.
  it('is asked again when who was asked does not answer', async () => {
    let asked = 0;
    connection.nc.subscribe('spec.silent', {
      callback: (_, message) => {
        if (++asked > 1) message.respond('an answer');
      },
    });
    expect(await ask('spec.silent')).toBe('an answer');
    expect(asked).toBe(2);
  });

  // Fails when a cluster's "no responders" is taken for the end.
  it('is asked again when there is nobody to ask', async () => {
    const answer = ask('spec.nobody');
    await connection.nc.flush();
    connection.nc.subscribe('spec.nobody', { callback: (_, message) => void message.respond('an answer') });
    expect(await answer).toBe('an answer');
  });

  it('is right, or says that it cannot be had', async () => {
    const log = logs.at(0);
    const seq = await stored(step, 'last');
    const victim = await leader();
    await victim.kill();
    const reads = [
      () => log.last(step),
      () => log.lastFromAny(step),
      () => log.lastConfirmed(step, progress),
      () => log.readFromLeader(step, seq).then(([message]) => message),
    ];
    const right = async (read: (typeof reads)[number]): Promise<number | undefined> => {
      for (;;) {
        const answer = await read().catch((error: CodedError) => error);
        if (!(answer instanceof CodedError)) return answer?.seq;
        expect(answer.code).toBe('StorageUnavailable');
      }
    };
    expect(await Promise.all(reads.map(right))).toEqual(reads.map(() => seq));
    await victim.restart();
  });
});
