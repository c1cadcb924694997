import { InstanceSubjects } from '@countersign/contracts';
import { aStep, type NatsServer, PATIENCE, startNatsServer } from '@countersign/testing';
import type { Step } from '@countersign/workflow';
import { JetStreamConnection } from './connection';
import { ShardLogs } from './shard-logs';
import { StepFeed, type FeedBatch, type FeedRecord, type FeedStream, type Follower } from './step-feed';
import { ensureTopology } from './topology';

/** Keeps what a copy of the state would: the newest step of each instance. */
class Copy implements Follower {
  readonly records: FeedRecord[] = [];
  readonly errors: unknown[] = [];
  readonly streams: FeedStream[] = [];
  largest = 0;
  behind = Infinity;
  after = 0;

  position(stream: FeedStream): number {
    this.streams.push(stream);
    return this.after;
  }

  take({ records, behind }: FeedBatch): void {
    this.largest = Math.max(this.largest, records.length);
    this.behind = behind;
    for (const record of records) {
      this.records.push(record);
      if (record.kind === 'step') this.after = record.seq;
    }
  }

  interrupted(error: unknown): void {
    this.errors.push(error);
  }

  get state(): Record<string, number> {
    const state = new Map<string, number>();
    for (const record of this.records) {
      if (record.kind === 'step') state.set(record.id, record.seq);
      else if ((state.get(record.id) ?? Infinity) <= record.upTo) state.delete(record.id);
    }
    return Object.fromEntries([...state].sort());
  }
}

describe('StepFeed', () => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  let logs: ShardLogs;
  const feeds: StepFeed[] = [];

  beforeEach(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [] });
    logs = new ShardLogs(connection, 1);
  });
  afterEach(async () => {
    for (const feed of feeds.splice(0)) feed.stop();
    logs.close();
    await connection.close();
    await server.stop();
  });

  const follow = (follower: Follower): StepFeed => {
    const feed = new StepFeed(connection, 0, follower);
    feeds.push(feed);
    return feed;
  };
  const publish = async (subject: string, body: string) => {
    const outcome = await logs.at(0).publish({ subject, body });
    if (outcome.kind !== 'stored') throw new Error(outcome.kind);
    return outcome.seq;
  };
  const step = (id: string, more: Partial<Step> = {}) =>
    publish(new InstanceSubjects(0, id).step, JSON.stringify(aStep(more)));
  const purge = async (id: string, last: number) => {
    const subjects = new InstanceSubjects(0, id);
    await publish(subjects.purged, JSON.stringify({ step: last }));
    await logs.at(0).purge(subjects.step, last + 1);
  };

  it('gives, beginning from nothing, the newest step of each instance, and each step from there on', async () => {
    for (let i = 0; i < 1200; i++) await step(`i ${i % 400}`);
    const copy = new Copy();
    const feed = follow(copy);
    expect(await feed.caughtUp(PATIENCE)).toBe(true);
    expect([copy.records.length, copy.behind]).toEqual([400, 0]);
    expect(copy.records.map(({ seq }) => seq)).toEqual(
      copy.records.map(({ seq }) => seq).sort((a, b) => a - b),
    );
    const seqs = [await step('i 1'), await step('i 1', { customStatus: 'new' })];
    expect(await feed.caughtUp(PATIENCE)).toBe(true);
    expect(copy.records.slice(400).map(({ seq }) => seq)).toEqual(seqs);
    expect(copy.records.at(-1)).toMatchObject({ kind: 'step', id: 'i 1', step: { customStatus: 'new' } });
    expect(copy.largest).toBeLessThanOrEqual(500);
  });

  it('says how far behind it is before the first message', async () => {
    for (let i = 0; i < 30; i++) await step(`i ${i}`);
    const behind: number[] = [];
    const copy = new Copy();
    const take = copy.take.bind(copy);
    copy.take = (batch) => {
      behind.push(batch.behind);
      take(batch);
    };
    await follow(copy).caughtUp(PATIENCE);
    expect([behind[0], behind.at(-1)]).toEqual([30, 0]);
  });

  it('tells of purged instances, and not again of what is gone', async () => {
    const live = new Copy();
    const feed = follow(live);
    await step('kept');
    await purge('gone', await step('gone'));
    await purge('again', await step('again'));
    const again = await step('again');
    await feed.caughtUp(PATIENCE);
    const late = new Copy();
    await follow(late).caughtUp(PATIENCE);
    expect(Object.keys(live.state)).toEqual(['again', 'kept']);
    expect(late.state).toEqual(live.state);
    expect(live.state['again']).toBe(again);
  });

  it('gives no step after the notice that it is purged, although it was on its way', async () => {
    for (let i = 0; i < 1500; i++) await step(`i ${i}`);
    const last = await step('gone');
    await publish(new InstanceSubjects(0, 'gone').purged, JSON.stringify({ step: last }));
    const copy = new Copy();
    await follow(copy).caughtUp(PATIENCE);
    const ofGone = copy.records.filter(({ id }) => id === 'gone').map(({ kind }) => kind);
    expect([ofGone, copy.state['gone']]).toEqual([['purged'], undefined]);
  });

  it('a copy that begins from nothing while steps are written equals one that followed from the start', async () => {
    const live = new Copy();
    const following = follow(live);
    const write = async () => {
      for (let i = 0; i < 2000; i++) {
        const id = `i ${(i * 7919) % 313}`;
        const seq = await step(id);
        if (i % 11 === 0) await purge(id, seq);
      }
    };
    const writing = write();
    while (live.records.length < 500) await following.caughtUp(1000);
    const late = new Copy();
    const catchingUp = follow(late);
    await writing;
    expect(await catchingUp.caughtUp(PATIENCE)).toBe(true);
    expect(await following.caughtUp(PATIENCE)).toBe(true);
    expect(late.state).toEqual(live.state);
    expect(late.records.length).toBeLessThan(live.records.length);
  });

  it('goes on after its position, and after the server was killed, without a gap', async () => {
    const copy = new Copy();
    const first = follow(copy);
    await step('a');
    await first.caughtUp(PATIENCE);
    first.stop();
    const missed = await step('b');
    const feed = follow(copy);
    await feed.caughtUp(PATIENCE);
    expect(copy.records.map(({ seq }) => seq)).toEqual([copy.records[0]?.seq, missed]);
    await server.kill();
    await server.restart();
    const ids = Array.from({ length: 50 }, (_, i) => `after ${i}`);
    for (const id of ids) {
      let outcome = await logs.at(0).publish({ subject: new InstanceSubjects(0, id).step, body: '{}' });
      while (outcome.kind !== 'stored')
        outcome = await logs.at(0).publish({ subject: new InstanceSubjects(0, id).step, body: '{}' });
    }
    while (!(await feed.caughtUp(1000)));
    const seen = copy.records.filter(({ id }) => id.startsWith('after')).map(({ id }) => id);
    expect(seen).toEqual(ids);
  });

  it('leaves out what cannot be read, and says so', async () => {
    const copy = new Copy();
    await step('a');
    await publish(new InstanceSubjects(0, 'broken').step, 'no JSON');
    await step('b');
    await follow(copy).caughtUp(PATIENCE);
    expect(copy.records.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(String(copy.errors[0])).toContain('cannot be read and is left out');
  });

  it('asks again for what its follower could not take', async () => {
    const copy = new Copy();
    const take = copy.take.bind(copy);
    let failures = 1;
    copy.take = (batch) => {
      if (batch.records.length > 0 && failures-- > 0) throw new Error('the disk is full');
      take(batch);
    };
    const feed = follow(copy);
    await step('a');
    expect(await feed.caughtUp(PATIENCE)).toBe(true);
    expect(copy.records.map(({ id }) => id)).toEqual(['a']);
    expect(String(copy.errors[0])).toContain('the disk is full');
  });
});
