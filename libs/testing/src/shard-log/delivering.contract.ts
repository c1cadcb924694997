import { type Case } from './case';

export function delivering(next: () => Case): void {
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
