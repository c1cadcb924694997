import { InstanceSubjects, stepFilter } from '@countersign/contracts';
import type {
  Delivery,
  OutgoingMessage,
  PublishOutcome,
  ShardLog,
  StoredMessage,
} from '@countersign/workflow';

/** One implementation of `ShardLog`, on a shard of its own. */
export interface LogUnderTest {
  readonly log: ShardLog;
  readonly shard: number;
  /** Redelivery time of the shard's inputs in milliseconds; half of it must be well above scheduling noise. */
  readonly ackWait: number;
  /** Gets the shard's inputs until `stop`. */
  consume(onDelivery: (delivery: Delivery) => void): Promise<void> | void;
  /** Lets time pass until the condition holds. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets so many milliseconds pass. */
  elapse(ms: number): Promise<void>;
  /** Stream time in milliseconds since the epoch. */
  now(): number;
  stop(): Promise<void> | void;
}

interface Case {
  readonly test: LogUnderTest;
  readonly log: ShardLog;
  /** Of an instance that no other case uses. */
  readonly on: InstanceSubjects;
  readonly other: InstanceSubjects;
  /** Publishes and expects that it is stored. */
  store(message: OutgoingMessage): Promise<number>;
  deliveriesOf(seq: number): Delivery[];
  /** Waits for the nth delivery of the message. */
  delivered(seq: number, times?: number): Promise<Delivery>;
}

/** What every `ShardLog` and its deliveries do, as nats-server does it. */
export function shardLogContract(name: string, setup: () => Promise<LogUnderTest> | LogUnderTest): void {
  describe(`${name} as a shard's log`, () => {
    let test: LogUnderTest;
    const all: Delivery[] = [];
    let cases = 0;
    const next = (): Case => caseOn(test, all, `case-${++cases}`);
    beforeAll(async () => {
      test = await setup();
      await test.consume((delivery) => all.push(delivery));
    });
    afterAll(() => test.stop());

    describe('publish', () => publishing(next));
    describe('reading', () => reading(next));
    describe('removing', () => removing(next));
    describe('schedules', () => scheduling(next));
    describe('deliveries', () => delivering(next));
  });
}

function caseOn(test: LogUnderTest, all: readonly Delivery[], id: string): Case {
  const { log, shard } = test;
  const deliveriesOf = (seq: number) => all.filter(({ message }) => message.seq === seq);
  return {
    test,
    log,
    on: new InstanceSubjects(shard, id),
    other: new InstanceSubjects(shard, `${id}-other`),
    deliveriesOf,
    store: async (message) => {
      const outcome = await log.publish(message);
      expect(outcome).toMatchObject({ kind: 'stored' });
      return (outcome as PublishOutcome & { kind: 'stored' }).seq;
    },
    delivered: async (seq, times = 1) => {
      await test.until(() => deliveriesOf(seq).length >= times);
      return deliveriesOf(seq)[times - 1] as Delivery;
    },
  };
}

const bodies = (messages: readonly StoredMessage[]): string[] => messages.map(({ body }) => body);

function publishing(next: () => Case): void {
  it('stores under growing sequences', async () => {
    const { store, on, other } = next();
    const first = await store({ subject: on.input, body: '1' });
    expect(await store({ subject: other.input, body: '2' })).toBeGreaterThan(first);
  });

  it('refuses a wrong expected sequence, names the right one and stores nothing', async () => {
    const { store, log, on, other } = next();
    const first = await store({ subject: on.step, body: '1', expectedLast: 0 });
    await store({ subject: other.step, body: 'of another instance' });
    expect(await log.publish({ subject: on.step, body: '2', expectedLast: 0 })).toEqual({
      kind: 'conflict',
      last: first,
    });
    const second = await store({ subject: on.step, body: '2', expectedLast: first });
    expect(await log.publish({ subject: on.step, body: '3', expectedLast: first })).toEqual({
      kind: 'conflict',
      last: second,
    });
    expect(bodies(await log.read(on.step))).toEqual(['1', '2']);
  });

  it('names 0 where a sequence is expected on an empty subject', async () => {
    const { log, on } = next();
    expect(await log.publish({ subject: on.step, body: '', expectedLast: 7 })).toEqual({
      kind: 'conflict',
      last: 0,
    });
  });

  it('stores a message id once, on whatever subject it comes', async () => {
    const { store, log, on, other } = next();
    const seq = await store({ subject: on.input, body: '1', msgId: on.id });
    expect(await log.publish({ subject: on.input, body: '1', msgId: on.id })).toEqual({
      kind: 'duplicate',
      seq,
    });
    expect(await log.publish({ subject: other.input, body: '1', msgId: on.id })).toEqual({
      kind: 'duplicate',
      seq,
    });
    expect(await log.read(other.input)).toEqual([]);
  });

  it('knows a message id although its message was purged', async () => {
    const { store, log, on } = next();
    const seq = await store({ subject: on.input, body: '1', msgId: on.id });
    await log.purge(on.all);
    expect(await log.publish({ subject: on.input, body: '1', msgId: on.id })).toEqual({
      kind: 'duplicate',
      seq,
    });
  });

  it('looks at the expected sequence before the message id', async () => {
    const { store, log, on } = next();
    const message = { subject: on.step, body: '1', expectedLast: 0, msgId: on.id };
    const last = await store(message);
    expect(await log.publish(message)).toEqual({ kind: 'conflict', last });
  });

  it('does not remember the message id of what it refused', async () => {
    const { store, log, on } = next();
    await log.publish({ subject: on.step, body: '1', expectedLast: 7, msgId: on.id });
    await store({ subject: on.step, body: '1', msgId: on.id });
  });

  it('keeps the newest message only after a rollup', async () => {
    const { store, log, on } = next();
    const subject = on.progress(1, 1);
    for (const body of ['1', '2']) await store({ subject, body, rollup: true });
    await store({ subject: on.progress(1, 2), body: 'of another activity' });
    const last = await store({ subject, body: '3', rollup: true });
    expect(bodies(await log.read(subject))).toEqual(['3']);
    expect(bodies(await log.read(on.progress(1, 2)))).toHaveLength(1);
    expect(await log.publish({ subject, body: '4', rollup: true, expectedLast: 0 })).toEqual({
      kind: 'conflict',
      last,
    });
    expect(bodies(await log.read(subject))).toEqual(['3']);
  });

  it('removes a message when its time to live is over', async () => {
    const { store, log, on, test } = next();
    await store({ subject: on.step, body: 'kept' });
    const subject = on.task('q', 'a', 1, 1);
    await store({ subject, body: '1', ttl: 1_000, expectedLast: 0 });
    await test.until(async () => (await log.last(subject)) === undefined);
    await store({ subject, body: '2', expectedLast: 0 });
    expect(bodies(await log.read(on.step))).toEqual(['kept']);
  });
}

function reading(next: () => Case): void {
  it('reads one literal subject in order, from a sequence on', async () => {
    const { store, log, on, other } = next();
    await store({ subject: on.input, body: '1' });
    await store({ subject: other.input, body: 'of another instance' });
    const second = await store({ subject: on.input, body: '2' });
    await store({ subject: on.step, body: 'of another subject' });
    await store({ subject: on.input, body: '3' });
    for (const read of [log.read.bind(log), log.readFromLeader.bind(log)]) {
      expect(bodies(await read(on.input))).toEqual(['1', '2', '3']);
      expect(bodies(await read(on.input, second))).toEqual(['2', '3']);
      expect(bodies(await read(on.input, second + 1))).toEqual(['3']);
      expect(await read(on.parked)).toEqual([]);
    }
  });

  it('gives the first and the last message of a subject', async () => {
    const { store, log, on } = next();
    expect([await log.first(on.input), await log.last(on.input)]).toEqual([undefined, undefined]);
    const seqs = [];
    for (const body of ['1', '2', '3']) seqs.push(await store({ subject: on.input, body }));
    expect(await log.first(on.input)).toMatchObject({ seq: seqs[0], subject: on.input, body: '1' });
    expect(await log.last(on.input)).toMatchObject({ seq: seqs[2], subject: on.input, body: '3' });
  });

  it.each([
    ['an empty body', ''],
    ['a body of several alphabets', '{"name":"Žofie 山田 🎉"}'],
    ['a large body', 'x'.repeat(300_000)],
  ])('gives back %s unchanged on every way', async (_, body) => {
    const { store, log, on, delivered } = next();
    const seq = await store({ subject: on.input, body });
    const { message } = await delivered(seq);
    const ways = [...(await log.read(on.input)), ...(await log.readFromLeader(on.input)), message];
    expect(bodies(ways)).toEqual([body, body, body]);
  });

  it('gives the same time in whole milliseconds on every way', async () => {
    const { store, log, on, delivered } = next();
    const { message } = await delivered(await store({ subject: on.input, body: '' }));
    const ways = [...(await log.read(on.input)), await log.last(on.input), await log.first(on.input)];
    expect(Number.isInteger(message.at)).toBe(true);
    expect(ways.map((way) => way?.at)).toEqual([message.at, message.at, message.at]);
  });

  it('reads messages by their sequences, in that order, and leaves out those that are gone', async () => {
    const { store, log, on, other } = next();
    const [first, gone, third] = [
      await store({ subject: on.step, body: '1' }),
      await store({ subject: on.step, body: '2' }),
      await store({ subject: other.input, body: '3' }),
    ];
    await log.delete(gone);
    expect(await log.readAt([third, gone, first, third + 1_000_000])).toEqual([
      expect.objectContaining({ seq: third, subject: other.input, body: '3' }),
      expect.objectContaining({ seq: first, subject: on.step, body: '1' }),
    ]);
    expect(await log.readAt([])).toEqual([]);
  });

  it('reads the first messages that match a filter with wildcards, in the order of the stream', async () => {
    const { store, log, on, other } = next();
    const from = await store({ subject: on.step, body: '1' });
    await store({ subject: on.input, body: 'of another subject' });
    await store({ subject: other.step, body: '2' });
    const third = await store({ subject: on.step, body: '3' });
    const steps = stepFilter(on.shard);
    expect(bodies(await log.readSome(steps, from, 10))).toEqual(['1', '2', '3']);
    expect(bodies(await log.readSome(steps, from + 1, 1))).toEqual(['2']);
    expect(await log.readSome(steps, third + 1, 10)).toEqual([]);
  });

  it('lists the subjects that match a filter and hold messages', async () => {
    const { store, log, on } = next();
    const task = on.task('q', 'a', 1, 2);
    for (const subject of [on.input, on.input, on.step, task]) await store({ subject, body: '' });
    expect((await log.subjects(on.all)).sort()).toEqual([on.input, on.step, task].sort());
    expect(await log.subjects(on.tasks)).toEqual([task]);
    expect(await log.subjects(on.timers)).toEqual([]);
    await log.purge(task);
    expect(await log.subjects(on.tasks)).toEqual([]);
  });
}

function removing(next: () => Case): void {
  it('takes a subject whose messages were purged for empty', async () => {
    const { store, log, on } = next();
    await store({ subject: on.step, body: '1', expectedLast: 0 });
    await log.purge(on.all);
    const second = await store({ subject: on.step, body: '2', expectedLast: 0 });
    expect(await log.last(on.step)).toMatchObject({ seq: second });
  });

  it('expects the message before the one that was deleted', async () => {
    const { store, log, on } = next();
    const [first, second] = [
      await store({ subject: on.step, body: '1' }),
      await store({ subject: on.step, body: '2' }),
    ];
    await log.delete(second);
    expect(await log.publish({ subject: on.step, body: '3', expectedLast: second })).toEqual({
      kind: 'conflict',
      last: first,
    });
    await log.delete(first);
    await store({ subject: on.step, body: '3', expectedLast: 0 });
  });

  it('does not mind that a message is gone already', async () => {
    const { store, log, on } = next();
    const seq = await store({ subject: on.input, body: '1' });
    for (let i = 0; i < 2; i++) await log.delete(seq);
    await log.purge(on.all);
    expect(await log.read(on.input)).toEqual([]);
  });

  it('purges what matches a filter with wildcards, and nothing else', async () => {
    const { store, log, on, other, test } = next();
    const tasks = [on.task('q', 'a', 1, 1), on.task('q', 'b', 1, 2), on.task('r', 'a', 1, 3)];
    const others = [on.input, on.timer(1, 4), other.task('q', 'a', 1, 1)];
    const schedule = { at: test.now() + 3_600_000, target: on.input };
    for (const subject of [...tasks, ...others]) {
      await store({ subject, body: '', ...(subject === on.timer(1, 4) && { schedule }) });
    }
    await log.purge(on.tasks);
    expect((await log.subjects(on.all)).sort()).toEqual([on.input, on.timer(1, 4)].sort());
    expect(await log.subjects(other.all)).toEqual([other.task('q', 'a', 1, 1)]);
  });
}

function scheduling(next: () => Case): void {
  const inputsOf = ({ log, on }: Case) => log.read(on.input);
  const fired = ({ test, log, on }: Case, body: string) =>
    test.until(async () => bodies(await log.read(on.input)).includes(body));

  it('publishes the body to the target when it is due, and is gone then', async () => {
    const its = next();
    const { store, log, on, test, delivered } = its;
    const at = test.now() + 400;
    const schedule = { at, target: on.input };
    await store({ subject: on.timer(1, 2), body: 'due', schedule, expectedLast: 0, msgId: on.id });
    expect(
      await log.publish({ subject: on.timer(1, 2), body: 'due', schedule, expectedLast: 0 }),
    ).toMatchObject({
      kind: 'conflict',
    });
    expect(await inputsOf(its)).toEqual([]);
    await fired(its, 'due');
    expect(await log.subjects(on.timers)).toEqual([]);
    const [input] = await inputsOf(its);
    expect(input?.at).toBeGreaterThanOrEqual(at);
    const { message, firstOnSubject } = await delivered(input?.seq ?? 0);
    expect([message.body, firstOnSubject]).toEqual(['due', false]);
  });

  it('fires at once when it is due in the past, each time it is published', async () => {
    const its = next();
    const { store, on, test } = its;
    for (const body of ['first', 'again']) {
      const schedule = { at: test.now() - 60_000, target: on.input };
      await store({ subject: on.timer(1, 2), body, schedule, expectedLast: 0 });
      await fired(its, body);
    }
  });

  it('is replaced by another one on its subject', async () => {
    const its = next();
    const { store, on, test } = its;
    const due = (ms: number) => ({ at: test.now() + ms, target: on.input });
    await store({ subject: on.timer(1, 2), body: 'replaced', schedule: due(300) });
    await store({ subject: on.timer(1, 2), body: 'its place', schedule: due(600) });
    await fired(its, 'its place');
    expect(bodies(await inputsOf(its))).toEqual(['its place']);
  });

  it.each<[string, (its: Case) => Promise<unknown>]>([
    ['by a purge of its subject', ({ log, on }) => log.purge(on.timer(1, 2))],
    [
      'with another message',
      ({ store, on }) => store({ subject: on.step, body: '', cancelsSchedule: on.timer(1, 2) }),
    ],
  ])('is cancelled %s', async (_, cancel) => {
    const its = next();
    const { store, log, on, test } = its;
    const due = (ms: number) => ({ at: test.now() + ms, target: on.input });
    await store({ subject: on.timer(1, 2), body: 'canceled', schedule: due(400) });
    await store({ subject: on.timer(1, 3), body: 'later', schedule: due(600) });
    await cancel(its);
    expect(await log.subjects(on.timers)).toEqual([on.timer(1, 3)]);
    await fired(its, 'later');
    expect(bodies(await inputsOf(its))).toEqual(['later']);
  });

  it('is not cancelled with a message that is refused or a duplicate', async () => {
    const its = next();
    const { store, log, on, test } = its;
    const cancelsSchedule = on.timer(1, 2);
    const schedule = { at: test.now() + 300, target: on.input };
    await store({ subject: on.step, body: 'there is none', cancelsSchedule, msgId: on.id });
    await store({ subject: on.timer(1, 2), body: 'due', schedule });
    const refused = await log.publish({ subject: on.step, body: '', cancelsSchedule, expectedLast: 0 });
    const duplicate = await log.publish({ subject: on.step, body: '', cancelsSchedule, msgId: on.id });
    expect([refused.kind, duplicate.kind]).toEqual(['conflict', 'duplicate']);
    await fired(its, 'due');
  });
}

function delivering(next: () => Case): void {
  it('delivers inputs and nothing else', async () => {
    const { store, on, deliveriesOf, delivered } = next();
    const others = [];
    for (const subject of [on.step, on.task('q', 'a', 1, 1), on.parked])
      others.push(await store({ subject, body: '' }));
    const seq = await store({ subject: on.input, body: 'input' });
    const { message, deliveries } = await delivered(seq);
    expect([message.subject, message.body, deliveries]).toEqual([on.input, 'input', 1]);
    expect(others.flatMap(deliveriesOf)).toEqual([]);
  });

  it('tells which message was the first on its subject', async () => {
    const { store, on, delivered } = next();
    const first = await store({ subject: on.input, body: '', expectedLast: 0 });
    const second = await store({ subject: on.input, body: '', expectedLast: first });
    const third = await store({ subject: on.input, body: '' });
    const told = [];
    for (const seq of [first, second, third]) told.push((await delivered(seq)).firstOnSubject);
    expect(told).toEqual([true, false, false]);
  });

  it('delivers again, and counts it, until it is acknowledged', async () => {
    const { store, on, delivered, deliveriesOf } = next();
    const [settled, open] = [
      await store({ subject: on.input, body: '' }),
      await store({ subject: on.input, body: '' }),
    ];
    (await delivered(settled)).ack();
    const again = await delivered(open, 2);
    expect(again.deliveries).toBe(2);
    again.ack();
    expect(deliveriesOf(settled)).toHaveLength(1);
  });

  it('starts the acknowledgement time anew for what is being worked on', async () => {
    const { store, on, test, delivered, deliveriesOf } = next();
    const [renewed, open] = [
      await store({ subject: on.input, body: '' }),
      await store({ subject: on.input, body: '' }),
    ];
    const [first] = [await delivered(renewed), await delivered(open)];
    await test.elapse(test.ackWait / 2);
    first.working();
    (await delivered(open, 2)).ack();
    expect(deliveriesOf(renewed)).toHaveLength(1);
    (await delivered(renewed, 2)).ack();
  });

  it('does not deliver again what was purged', async () => {
    const { store, log, on, other, delivered, deliveriesOf } = next();
    const [purged, open] = [
      await store({ subject: on.input, body: '' }),
      await store({ subject: other.input, body: '' }),
    ];
    await delivered(purged);
    await delivered(open);
    await log.purge(on.all);
    (await delivered(open, 2)).ack();
    expect(deliveriesOf(purged)).toHaveLength(1);
  });
}
