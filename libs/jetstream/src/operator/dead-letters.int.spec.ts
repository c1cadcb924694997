import { shardOf } from '@countersign/contracts';
import { JetStreamConnection } from '../connection';
import { PulledMessage } from '../pulled-message';
import { ShardLogs } from '../shard-logs';
import { Deployment, type Handler, QUEUE, ScheduledTask } from '../testing/worker';
import { DeadLetters, type StoredLetter } from './dead-letters';

describe('a dead letter', () => {
  const deployment = Deployment.forSpecs();
  let letters: DeadLetters;
  let calls = 0;
  const counted: Handler = async ({ value }) => {
    calls++;
    return value * 2;
  };
  beforeAll(() => {
    letters = new DeadLetters(deployment.logs);
  });
  beforeEach(async () => {
    calls = 0;
    for await (const { id } of letters.list()) await letters.discard(id);
  });
  afterEach(() => jest.restoreAllMocks());

  const all = async (queue?: string): Promise<StoredLetter[]> => {
    const found: StoredLetter[] = [];
    for await (const letter of letters.list(queue)) found.push(letter);
    return found;
  };

  /** A real task that a worker of another release read otherwise, and that worker is gone. */
  async function dead(
    deadline = Date.now() + 60_000,
  ): Promise<{ task: ScheduledTask; letter: StoredLetter }> {
    const asOld = jest.spyOn(PulledMessage.prototype, 'text').mockReturnValue('{"input":');
    const task = await deployment.schedule({ deadline }, { tasks: [7] });
    const old = await deployment.worker(counted);
    await deployment.settled();
    asOld.mockRestore();
    await old.stop();
    const [letter] = (await all()).filter(({ subject }) => subject === task.subject);
    if (letter === undefined) throw new Error('No letter was stored');
    expect(calls).toBe(0);
    return { task, letter };
  }

  const another = async (): Promise<{ letters: DeadLetters; close(): Promise<void> }> => {
    const connection = await JetStreamConnection.open({ servers: deployment.server.url, name: 'another' });
    const logs = new ShardLogs(connection, 1);
    const close = async () => {
      logs.close();
      await connection.close();
    };
    return { letters: new DeadLetters(logs), close };
  };

  it('is listed by queue, and read, with what the worker said of it', async () => {
    const { task, letter } = await dead();
    expect(letter).toMatchObject({ queue: QUEUE, subject: task.subject, body: '{"input":' });
    expect(letter.task).toMatchObject({ instanceId: task.id, activity: 'spec.double' });
    expect(letter.reason).toMatch(/JSON/);
    expect(await letters.read(letter.id)).toEqual(letter);
    expect(await letters.read(letter.id + 1)).toBeUndefined();
    expect(await all(QUEUE)).toEqual([letter]);
    expect(await all('other')).toEqual([]);
  });

  it('is put back: a worker of the newer release gets the whole task, and its result is the instance’s', async () => {
    const { task, letter } = await dead();
    const outcome = await letters.putBack(letter);
    expect(outcome).toEqual({ kind: 'back', seq: expect.any(Number) });
    await deployment.worker(counted);
    expect(await task.result()).toEqual({ type: 'completed', run: 1, n: 7, result: 42 });
    await deployment.settled();
    expect([calls, await all()]).toEqual([1, []]);
  });

  it('leaves one message of the task, which goes when the first one would have gone', async () => {
    const { task, letter } = await dead();
    await deployment.log.purge(task.subject);
    const ttl = 100_000;
    const body = '{"newer":1}';
    const stored = await deployment.log.publish({ subject: task.subject, body, ttl });
    if (stored.kind !== 'stored') throw new Error(stored.kind);
    await letters.putBack({ ...letter, seq: stored.seq });

    const { jsm } = deployment.logs.connection;
    const messages = await deployment.log.readFromLeader(task.subject);
    expect(messages).toEqual([expect.objectContaining({ body })]);
    const message = await jsm.streams.getMessage('WF_0', { last_by_subj: task.subject });
    const left = Number(message?.header.get('Nats-TTL'));
    expect(left).toBeGreaterThan(90);
    expect(left).toBeLessThanOrEqual(ttl / 1000);
  });

  it('that is put back twice changes nothing the second time', async () => {
    const { task, letter } = await dead();
    const first = await letters.putBack(letter);
    await deployment.worker(counted);
    await task.result();
    expect(await letters.putBack(letter)).toEqual({ ...first, kind: 'already' });
    await deployment.settled();
    expect([calls, await task.results()]).toEqual([1, 1]);
  });

  it('whose operator died between putting it back and removing it is removed by the next one', async () => {
    const { task, letter } = await dead();
    const dying = new DeadLetters(deployment.logs);
    jest.spyOn(dying, 'discard').mockRejectedValue(new Error('killed'));
    await expect(dying.putBack(letter)).rejects.toThrow('killed');
    expect(await all()).toEqual([letter]);
    await deployment.worker(counted);
    await task.result();

    expect(await letters.putBack(letter)).toMatchObject({ kind: 'already' });
    await deployment.settled();
    expect([calls, await all()]).toEqual([1, []]);
  });

  // Fails without the condition: both store the task.
  it('is put back once by two operators who saw the same', async () => {
    const { task, letter } = await dead();
    const other = await another();
    const seen = await other.letters.judge(letter);
    jest.spyOn(other.letters, 'judge').mockResolvedValueOnce(seen);
    const ours = await letters.putBack(letter);
    expect(ours).toMatchObject({ kind: 'back' });
    expect(await other.letters.putBack(letter)).toEqual({ ...ours, kind: 'already' });
    await other.close();
    await deployment.worker(counted);
    await task.result();
    await deployment.settled();
    expect(calls).toBe(1);
  });

  // Fails without the condition: a deployment would be approved after its approval was cancelled (hazard 8).
  it('does not come to life again when its task is withdrawn after it was judged', async () => {
    const { task, letter } = await dead();
    jest.spyOn(letters, 'judge').mockResolvedValueOnce(await letters.judge(letter));
    await task.step({ tasks: [] });
    await deployment.log.purge(task.subject);
    expect(await letters.putBack(letter)).toMatchObject({ kind: 'lost' });
    await deployment.worker(counted);
    await deployment.settled();
    expect([calls, await all()]).toEqual([0, [letter]]);
  });

  it.each([
    ['was stored', true, 'already'],
    ['was not', false, 'back'],
  ])('is put back although JetStream said nothing of the first try, which %s', async (_, isStored, kind) => {
    const { task, letter } = await dead();
    const { log } = deployment;
    const publish = log.publish.bind(log);
    jest.spyOn(log, 'publish').mockImplementationOnce(async (message) => {
      if (isStored) await publish(message);
      return { kind: 'unknown', reason: 'no answer' };
    });
    expect(await letters.putBack(letter)).toMatchObject({ kind });
    await deployment.worker(counted);
    await task.result();
    await deployment.settled();
    expect([calls, await all()]).toEqual([1, []]);
  });

  it('that the newer worker cannot take either is a dead letter again, and the old one is settled', async () => {
    const { task, letter } = await dead();
    jest.spyOn(letters, 'discard').mockRejectedValueOnce(new Error('killed'));
    await expect(letters.putBack(letter)).rejects.toThrow('killed');
    const asOld = jest.spyOn(PulledMessage.prototype, 'text').mockReturnValue('[');
    await deployment.worker(counted);
    await deployment.settled();
    asOld.mockRestore();
    const [first, second] = await all();
    expect([first, second]).toMatchObject([{ body: '{"input":' }, { body: '[', subject: task.subject }]);

    expect(await letters.putBack(letter)).toMatchObject({ kind: 'already', seq: second?.seq });
    expect(await all()).toEqual([second]);
  });

  describe('is refused, with what to do, and kept', () => {
    it.each([
      ['has failed', { status: 'Failed' }, /has failed/, /Rewind it \(POST .*instance%20\d+\/rewind\)/],
      ['is over', { status: 'Terminated' }, /is over \(Terminated\)/, /Discard/],
      ['is in another run', { run: 9, tasks: [7] }, /was restarted since/, /Discard/],
      ['waits no more for it', { tasks: [8] }, /waits no more for spec.double \(1-7\)/, /Discard/],
      ['waits for nothing', {}, /waits no more/, /Discard/],
      ['is being purged', { purged: true, tasks: [7] }, /is gone/, /Discard/],
    ] as const)('when its instance %s', async (_, step, why, advice) => {
      const { task, letter } = await dead();
      await task.step(step);
      expect(await letters.putBack(letter)).toEqual({
        kind: 'lost',
        why: expect.stringMatching(why),
        advice: expect.stringMatching(advice),
      });
      expect(await all()).toEqual([letter]);
      await deployment.worker(counted);
      await deployment.settled();
      expect(calls).toBe(0);
    });

    it('when its instance is purged', async () => {
      const { task, letter } = await dead();
      await deployment.log.purge(task.subjects.step);
      expect(await letters.putBack(letter)).toMatchObject({
        kind: 'lost',
        why: expect.stringMatching(/is gone/),
      });
    });

    it('when its task is gone from the stream, although the instance seems to wait', async () => {
      const { task, letter } = await dead();
      await deployment.log.purge(task.subject);
      expect(await letters.putBack(letter)).toMatchObject({
        kind: 'lost',
        why: expect.stringMatching(/is there no more/),
      });
    });

    it.each([
      ['too short', (task: ScheduledTask) => task.subject.split('.').slice(0, -1).join('.')],
      ['without numbers', (task: ScheduledTask) => `${task.subject}x`],
      ['too long', (task: ScheduledTask) => `${task.subject}.more`],
    ])('when no task has its subject (%s): no instance can wait for that', async (_, subjectOf) => {
      const { task } = await dead();
      const subject = subjectOf(task);
      await deployment.worker(counted);
      await deployment.publish(subject, '{}');
      await deployment.settled();
      const letter = (await all()).find((one) => one.subject === subject);
      expect(letter && (await letters.putBack(letter))).toMatchObject({
        kind: 'lost',
        why: expect.stringMatching(/no instance/),
      });
    });

    it('when its instance belongs to another shard', async () => {
      const id = ['a', 'b', 'c', 'd'].find((one) => shardOf(one, 2) === 1) ?? '';
      const { letter } = await dead();
      const subject = new ScheduledTask(deployment, id).subject;
      const ofTwo = new DeadLetters(new ShardLogs(deployment.logs.connection, 2));
      expect(await ofTwo.putBack({ ...letter, subject })).toMatchObject({
        kind: 'lost',
        why: expect.stringMatching(/no instance/),
      });
    });

    it('when it is no letter of a worker at all', async () => {
      await deployment.logs.connection.js.publish(`dead.${QUEUE}`, 'hello');
      const [letter] = await all();
      expect(letter).toMatchObject({ reason: 'This is no dead letter of a worker', body: 'hello' });
      expect(letter && (await letters.putBack(letter))).toMatchObject({ kind: 'lost' });
    });
  });

  // Fails when a list goes on to what comes while it is read: a worker that is still too old would keep it going for ever.
  it('that comes while they are listed is for the next list', async () => {
    const { letter } = await dead();
    const found: number[] = [];
    for await (const { id } of letters.list()) {
      found.push(id);
      const { reason, subject, seq, at, body } = letter;
      await deployment.logs.connection.js.publish(
        `dead.${QUEUE}`,
        JSON.stringify({ reason, subject, seq, at, body }),
      );
      if (found.length > 2) break;
    }
    expect(found).toEqual([letter.id]);
  });

  it('is discarded once', async () => {
    const { letter } = await dead();
    expect(await letters.discard(letter.id)).toBe(true);
    expect(await letters.discard(letter.id)).toBe(false);
    expect(await all()).toEqual([]);
  });
});
