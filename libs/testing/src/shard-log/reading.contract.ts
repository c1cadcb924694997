import { stepFilter } from '@countersign/contracts';
import { bodies, type Case } from './case';

export function reading(next: () => Case): void {
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
