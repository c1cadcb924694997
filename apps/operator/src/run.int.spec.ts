import { type DeadLetter, deadLetterSubject, InstanceSubjects, shardOf } from '@countersign/contracts';
import { ensureTopology, JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { type NatsServer, startNatsServer } from '@countersign/testing';
import { COMMANDS } from './commands';
import { run } from './run';

const SHARDS = 2;
const QUEUE = 'slack';
const ACTIVITY = 'slack.postApproval';

describe('the command', () => {
  const before = process.env;
  let server: NatsServer;
  let logs: ShardLogs;
  beforeAll(async () => {
    server = await startNatsServer();
    const connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: SHARDS, durability: 'single' });
    logs = new ShardLogs(connection, SHARDS);
    process.env = { ...before, NATS_URL: server.url, SHARDS: String(SHARDS) };
  });
  afterAll(async () => {
    process.env = before;
    logs?.close();
    await logs?.connection.close();
    await server?.stop();
  });
  afterEach(() => logs.connection.jsm.streams.purge('DEAD_LETTERS'));

  const operator = async (...args: string[]) => {
    let [out, err] = ['', ''];
    const code = await run(args, { out: (text) => (out += text), err: (text) => (err += text) });
    return { code, out, err };
  };

  let instances = 0;
  /** As a coordinator and a worker leave it: a task that could not be decoded, and its letter. */
  async function deadTask(step: object = {}): Promise<{ id: string; seq: string }> {
    const id = `order ${++instances}`;
    const shard = shardOf(id, SHARDS);
    const subjects = new InstanceSubjects(shard, id);
    const state = { run: 1, status: 'Running', inputs: [], tasks: [3], ...step };
    await logs.at(shard).publish({ subject: subjects.step, body: JSON.stringify(state) });
    const subject = subjects.task(QUEUE, ACTIVITY, 1, 3);
    const task = await logs.at(shard).publish({ subject, body: '{"newer":"form"}' });
    if (task.kind !== 'stored') throw new Error(task.kind);
    const letter: DeadLetter = {
      reason: 'too\nnew',
      subject,
      seq: task.seq,
      at: Date.now(),
      body: '{"newer":"\x1b[2J',
    };
    const { seq } = await logs.connection.js.publish(deadLetterSubject(QUEUE), JSON.stringify(letter));
    return { id, seq: String(seq) };
  }

  it('says what there is, and has a help for each', async () => {
    const { code, out } = await operator('--help');
    expect(code).toBe(0);
    for (const [name, { usage }] of COMMANDS) {
      expect(out).toContain(usage);
      const help = await operator(...name.split(' '), '--help');
      expect(help).toMatchObject({ code: 0, out: expect.stringContaining(usage), err: '' });
    }
  });

  it.each([
    ['nothing', []],
    ['no such command', ['dead-letters']],
    ['an option that there is not', ['queues', '--queue', 'slack']],
    ['an operand too many', ['queues', 'slack']],
    ['an operand too few', ['dead-letters', 'show']],
    ['no number', ['dead-letters', 'show', '0x1']],
    ['no choice of letters', ['dead-letters', 'put-back']],
    ['two choices of letters', ['dead-letters', 'put-back', '1', '--all']],
    ['no choice to discard', ['dead-letters', 'discard']],
    ['two choices to discard', ['dead-letters', 'discard', '1', '--queue', 'slack']],
    ['a queue that there is not', ['dead-letters', 'put-back', '--queue', 'slak']],
    ['no folder', ['backup']],
    ['two folders', ['restore', 'a', 'b']],
    ['a queue that cannot be', ['dead-letters', 'list', '--queue', '>']],
  ])('exits with 2 for %s', async (_, args) => {
    const { code, out, err } = await operator(...args);
    expect(code).toBe(2);
    expect(out + err).not.toBe('');
  });

  it('does nothing with another count of shards than the deployment has', async () => {
    process.env['SHARDS'] = '3';
    const answer = await operator('dead-letters', 'list');
    process.env['SHARDS'] = String(SHARDS);
    expect(answer).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Set SHARDS=2') });
  });

  it('lists letters as a table and as JSON, in whose texts nothing steers the terminal', async () => {
    expect(await operator('dead-letters', 'list')).toEqual({
      code: 0,
      out: '',
      err: 'There are no dead letters.\n',
    });
    const { id, seq } = await deadTask();
    const { code, out } = await operator('dead-letters', 'list', '--queue', QUEUE);
    const [head, row, ...more] = out.trimEnd().split('\n');
    expect([code, head?.split(/\s+/), more]).toEqual([
      0,
      ['SEQ', 'STORED', 'QUEUE', 'INSTANCE', 'ACTIVITY', 'REASON'],
      [],
    ]);
    expect(row).toMatch(new RegExp(`^${seq} +\\S+Z  ${QUEUE}  ${id} +${ACTIVITY}  too new$`));
    const { out: lines } = await operator('dead-letters', 'list', '--json');
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([expect.objectContaining({ id: Number(seq), reason: 'too\nnew', body: '{"newer":"\x1b[2J' })]);
    const shown = await operator('dead-letters', 'show', seq);
    expect(shown).toMatchObject({ code: 0, out: expect.stringContaining('{"newer":"\\x1b[2J') });
    expect(shown.out).not.toContain('\x1b');
    expect(shown.out).toMatch(/put back +yes/);
  });

  it('puts a letter back, after it said what it would do', async () => {
    const { seq } = await deadTask();
    const dry = await operator('dead-letters', 'put-back', seq, '--dry-run');
    expect(dry).toEqual({ code: 0, out: `${seq}  would be put back\n`, err: '' });
    const { code, out } = await operator('dead-letters', 'put-back', '--all');
    expect([code, out]).toEqual([0, expect.stringMatching(`^${seq}  put back, as message \\d+\n$`)]);
    const gone = await operator('dead-letters', 'put-back', seq);
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining(`There is no dead letter ${seq}`) });
  });

  it('exits with 1 when one of several cannot be put back, says why, and puts back the others', async () => {
    const over = await deadTask({ status: 'Failed' });
    const open = await deadTask();
    const { code, out } = await operator('dead-letters', 'put-back', '--queue', QUEUE);
    expect(code).toBe(1);
    expect(out).toContain(`${over.seq}  NOT put back: the instance ${over.id} has failed. Rewind it`);
    expect(out).toMatch(new RegExp(`^${open.seq}  put back`, 'm'));
    expect((await operator('dead-letters', 'show', over.seq)).out).toMatch(
      /put back +no: the instance .* has failed/,
    );
    const discarded = await operator('dead-letters', 'discard', '--queue', QUEUE);
    expect(discarded).toEqual({ code: 0, out: `${over.seq}  discarded\n`, err: '' });
  });

  it('shows the queues of every shard, and points to dead letters', async () => {
    await deadTask();
    const { code, out, err } = await operator('queues');
    expect(code).toBe(0);
    expect(out).toMatch(/^QUEUE +SHARD +WAITING +IN HAND +AGAIN +OLDEST\ninputs +0 +0 +0 +0 +-$/m);
    expect(out).toMatch(/^slack +1 +\d+ +0 +0 +\S+$/m);
    expect(err).toContain('1 dead letter of slack: see dead-letters list --queue slack');
    const { out: lines } = await operator('queues', '--json');
    expect(JSON.parse(lines.split('\n')[0] ?? '')).toEqual({
      queue: 'inputs',
      shard: 0,
      lag: 0,
      inHand: 0,
      redelivered: 0,
    });
  });

  it('lists parked instances with the reason', async () => {
    expect(await operator('parked', 'list')).toEqual({ code: 0, out: '', err: 'No instance is parked.\n' });
    const id = 'stuck';
    const shard = shardOf(id, SHARDS);
    const marker = { why: { kind: 'diverged', stepSeq: 4, expected: 'a', actual: 'b' }, tries: 2 };
    const { parked } = new InstanceSubjects(shard, id);
    await logs.at(shard).publish({ subject: parked, body: JSON.stringify(marker) });
    const { out } = await operator('parked', 'list');
    expect(out).toMatch(/^stuck +\S+Z {2}2 +diverged \{"stepSeq":4,"expected":"a","actual":"b"\}$/m);
    expect(JSON.parse((await operator('parked', 'list', '--json')).out)).toMatchObject({
      instanceId: id,
      ...marker,
    });
  });

  // The last one, since it takes a consumer away.
  it('exits with 1 where the queues cannot be looked at', async () => {
    await logs.connection.jsm.consumers.delete('WF_1', 'queue-slack');
    const { code, out, err } = await operator('queues');
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('does not say')]);
  });
});
