import { DEAD_LETTER_STREAM } from '@countersign/contracts';
import { eventually } from '@countersign/testing';
import { INPUTS, QueueFigures, type QueueFigure } from './queue-figures';
import { Deployment, double, QUEUE, type ScheduledTask } from './testing/worker';

describe('QueueFigures', () => {
  const deployment = Deployment.forSpecs();

  const reader = (options = {}) =>
    new QueueFigures(deployment.logs, { queues: [QUEUE], maxAge: 0, ...options });
  const figureOf = async (figures: QueueFigures, queue = QUEUE): Promise<QueueFigure | undefined> =>
    (await figures.read()).queues.find((figure) => figure.queue === queue);
  const until = (figures: QueueFigures, holds: (figure: QueueFigure) => boolean) =>
    eventually(() => figureOf(figures), holds);
  const read = (figures: QueueFigures, wanted: { current: boolean }) =>
    eventually(
      () => figures.read(),
      ({ current }) => current === wanted.current,
    );
  const storedAt = async ({ subject }: ScheduledTask) => (await deployment.log.last(subject))?.at;

  it('tells of tasks that nobody takes, and since when the oldest one waits', async () => {
    const figures = reader({ maxAge: 60_000 });
    const first = await deployment.schedule();
    await deployment.schedule();
    const oldestAt = await storedAt(first);
    expect(await figureOf(figures)).toEqual({
      queue: QUEUE,
      shard: 0,
      lag: 2,
      inHand: 0,
      redelivered: 0,
      oldestAt,
    });
    await deployment.schedule();
    expect(await figureOf(figures)).toMatchObject({ lag: 2 }); // The answer is good for a while.
  });

  it('tells of tasks in hand, and goes on to the next oldest one when one is settled', async () => {
    const figures = reader();
    const release: (() => void)[] = [];
    await deployment.worker(() => new Promise<void>((resolve) => release.push(resolve)), { concurrency: 2 });
    const [first, second] = [await deployment.schedule(), await deployment.schedule()];
    expect(await until(figures, ({ inHand }) => inHand === 2)).toMatchObject({
      lag: 0,
      oldestAt: await storedAt(first),
    });
    release[0]?.();
    expect(await until(figures, ({ inHand }) => inHand === 1)).toMatchObject({
      oldestAt: await storedAt(second),
    });
    release[1]?.();
    expect(await until(figures, ({ inHand }) => inHand === 0)).toMatchObject({
      lag: 0,
      oldestAt: undefined,
    });
  });

  it('forgets an oldest task that was withdrawn', async () => {
    const figures = reader();
    const [withdrawn, next] = [await deployment.schedule(), await deployment.schedule()];
    expect(await figureOf(figures)).toMatchObject({ oldestAt: await storedAt(withdrawn) });
    await deployment.log.purge(withdrawn.subject);
    expect(await until(figures, ({ lag }) => lag === 1)).toMatchObject({ oldestAt: await storedAt(next) });
  });

  it('tells of inputs that no coordinator takes', async () => {
    const task = await deployment.schedule();
    await deployment.publish(task.subjects.input, '{"type":"suspend"}');
    const oldestAt = (await deployment.log.last(task.subjects.input))?.at;
    expect(await figureOf(reader(), INPUTS)).toMatchObject({ lag: 1, oldestAt });
  });

  it('counts the dead letters that are kept', async () => {
    const figures = reader();
    expect([...(await figures.read()).deadLetters]).toEqual([[QUEUE, 0]]);
    await deployment.worker(async () => 1);
    await deployment.publish(`wf.0.one.task.${QUEUE}.${double.name}.1-1`, 'no task');
    await deployment.settled();
    expect([...(await figures.read()).deadLetters]).toEqual([[QUEUE, 1]]);
    await deployment.logs.connection.jsm.streams.purge(DEAD_LETTER_STREAM);
    expect([...(await figures.read()).deadLetters]).toEqual([[QUEUE, 0]]);
  });

  it('answers with what it knew, and says so, while the server does not answer', async () => {
    const figures = reader({ patience: 100 });
    await deployment.schedule();
    const known = await until(figures, ({ lag }) => lag === 1);
    await deployment.server.kill('SIGSTOP'); // The connection is there, and nobody answers.
    const { queues } = await read(figures, { current: false });
    expect(queues.find(({ queue }) => queue === QUEUE)).toEqual(known);
    await deployment.server.kill('SIGCONT');
    await read(figures, { current: true });
  });

  it('answers at once while there is no connection', async () => {
    const figures = reader({ patience: 3_600_000 });
    const { connection } = deployment.logs;
    const down = new Promise<void>((resolve) => connection.onDisconnect(resolve));
    const up = new Promise<void>((resolve) => connection.onReconnect(resolve));
    await deployment.server.kill();
    await down;
    expect(await figures.read()).toEqual({ queues: [], deadLetters: new Map(), current: false });
    await deployment.server.restart();
    await up;
    await read(figures, { current: true });
  });
});
