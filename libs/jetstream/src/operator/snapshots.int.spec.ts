import { randomBytes } from 'node:crypto';
import { InstanceSubjects, streamName, workerConsumer } from '@countersign/contracts';
import { PATIENCE, startNatsServer } from '@countersign/testing';
import { JetStreamConnection } from '../connection';
import { ShardLogs } from '../shard-logs';
import { Deployment, QUEUE } from '../testing/worker';
import { watch } from '../watch';
import { deploymentStreams, Snapshots, type StreamSnapshot } from './snapshots';

/** As a file would hold it. */
interface Saved {
  readonly stream: string;
  readonly snapshot: StreamSnapshot;
  readonly chunks: Uint8Array[];
}

describe('a snapshot', () => {
  let deployment: Deployment;
  const ends: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    deployment = await Deployment.start();
  });
  afterEach(async () => {
    await deployment.stop();
    for (const end of ends.splice(0)) await end();
  });

  const taken = async (stream: string): Promise<Saved> => {
    const chunks: Uint8Array[] = [];
    const write = async (chunk: Uint8Array) => chunks.push(chunk.slice());
    return { stream, chunks, snapshot: await new Snapshots(deployment.logs.connection).take(stream, write) };
  };

  const emptyStore = async (): Promise<ShardLogs> => {
    const server = await startNatsServer();
    const connection = await JetStreamConnection.open({ servers: server.url, name: 'empty' });
    const logs = new ShardLogs(connection, 1);
    ends.push(async () => {
      logs.close();
      await connection.close();
      await server.stop();
    });
    return logs;
  };

  async function* bytesOf({ chunks }: Saved): AsyncGenerator<Uint8Array> {
    yield* chunks;
  }

  /** Bytes that cannot be made smaller. */
  const fill = async (many: number): Promise<void> => {
    const { step } = new InstanceSubjects(0, 'large');
    for (let i = 0; i < many; i++) await deployment.publish(step, randomBytes(90_000).toString('base64'));
  };

  it('of every stream makes the deployment again: messages, timers, and what each consumer has done', async () => {
    const worker = await deployment.worker(async () => 'before');
    await (await deployment.schedule()).result();
    await deployment.settled();
    await worker.stop();
    const waiting = await deployment.schedule();
    const { input } = waiting.subjects;
    const timer = waiting.subjects.timer(1, 9);
    const due = Date.now() + 5000;
    await deployment.log.publish({ subject: timer, body: 'fired', schedule: { at: due, target: input } });
    const saved: Saved[] = [];
    for (const stream of deploymentStreams(1)) saved.push(await taken(stream));
    expect(await deployment.log.last(input)).toBeUndefined();

    const logs = await emptyStore();
    const snapshots = new Snapshots(logs.connection);
    for (const one of saved) await snapshots.restore(one.stream, one.snapshot, bytesOf(one));
    const { jsm, nc } = logs.connection;
    const queue = await jsm.consumers.info(streamName(0), workerConsumer(QUEUE));
    expect([queue.num_pending, queue.num_ack_pending]).toEqual([1, 0]);
    expect(await logs.at(0).last(waiting.subject)).toEqual(await deployment.log.last(waiting.subject));
    const look = () => logs.at(0).last(input);
    expect(await watch(nc, input, look, PATIENCE)).toMatchObject({ body: 'fired' });
    const shards = await jsm.streams.getMessage('KV_countersign', { last_by_subj: '$KV.countersign.shards' });
    expect(shards?.string()).toBe('1');
  });

  it('is taken in chunks while messages are stored, and is the stream at one moment', async () => {
    // More than the server sends without being asked on.
    await fill(100);
    let chunks = 0;
    const kept: Uint8Array[] = [];
    const snapshot = await new Snapshots(deployment.logs.connection).take('WF_0', async (chunk) => {
      chunks++;
      kept.push(chunk.slice());
      if (chunks < 5) await fill(1);
    });
    expect(chunks).toBeGreaterThan(70);
    const logs = await emptyStore();
    const one = { stream: 'WF_0', snapshot, chunks: kept };
    await new Snapshots(logs.connection).restore('WF_0', snapshot, bytesOf(one));
    const { state } = await logs.connection.jsm.streams.info('WF_0');
    expect([state.messages, state.last_seq]).toEqual([snapshot.state.messages, snapshot.state.last_seq]);
  });

  it('fails when the server goes away meanwhile', async () => {
    // The end of it is not on its way yet.
    await fill(100);
    const take = new Snapshots(deployment.logs.connection).take('WF_0', () => deployment.server.kill());
    await expect(take).rejects.toMatchObject({
      code: 'SnapshotFailed',
      message: expect.stringContaining('it broke off'),
    });
    await deployment.server.restart();
  });

  it('fails when what is written cannot be kept', async () => {
    await fill(12);
    const full = async () => {
      throw new Error('the disk is full');
    };
    const snapshots = new Snapshots(deployment.logs.connection);
    await expect(snapshots.take('WF_0', full)).rejects.toThrow('the disk is full');
    await expect(snapshots.take('WF_7', full)).rejects.toMatchObject({ code: 'SnapshotFailed' });
  });

  it('is not restored in part, nor over what is there', async () => {
    await fill(12);
    const saved = await taken('WF_0');
    const own = new Snapshots(deployment.logs.connection);
    expect(await own.exists('WF_0')).toBe(true);
    await expect(own.restore('WF_0', saved.snapshot, bytesOf(saved))).rejects.toMatchObject({
      code: 'RestoreFailed',
    });
    expect((await deployment.logs.connection.jsm.streams.info('WF_0')).state.messages).toBe(12);
    const logs = await emptyStore();
    const snapshots = new Snapshots(logs.connection);
    const half = { ...saved, chunks: saved.chunks.slice(0, saved.chunks.length / 2) };
    await expect(snapshots.restore('WF_0', saved.snapshot, bytesOf(half))).rejects.toMatchObject({
      code: 'RestoreFailed',
    });
    expect(await snapshots.exists('WF_0')).toBe(false);
    await snapshots.restore('WF_0', saved.snapshot, bytesOf(saved));
    expect(await snapshots.exists('WF_0')).toBe(true);
  });
});
