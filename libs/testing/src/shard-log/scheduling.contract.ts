import { bodies, type Case } from './case';

export function scheduling(next: () => Case): void {
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
