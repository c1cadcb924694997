import { bodies, type Case } from './case';

export function publishing(next: () => Case): void {
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
