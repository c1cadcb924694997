import { type Case } from './case';

export function removing(next: () => Case): void {
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
