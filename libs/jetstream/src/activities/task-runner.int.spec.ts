import { DEAD_LETTER_STREAM, deadLetterSubject } from '@countersign/contracts';
import { Deployment, doubled, never, QUEUE, ScheduledTask } from '../testing/worker';

describe('TaskRunner', () => {
  const deployment = Deployment.forSpecs({ ackWait: 250 });

  describe('a worker that dies', () => {
    it('has its task taken over by another one, with the same idempotency key', async () => {
      const started = Promise.withResolvers<string>();
      const dying = await deployment.worker((_, { idempotencyKey }) => {
        started.resolve(idempotencyKey);
        return never();
      });
      const task = await deployment.schedule();
      const key = await started.promise;
      await dying.kill();
      await deployment.worker(async (_, { idempotencyKey }) => idempotencyKey);
      expect(await task.result()).toMatchObject({ type: 'completed', result: key });
    });

    it('because of the task, again and again, makes it fail', async () => {
      const task = await deployment.schedule({
        retry: { maxAttempts: 1, initialInterval: 1, backoff: 1, maxInterval: 1 },
      });
      for (let i = 0; i < 4; i++) {
        const started = Promise.withResolvers<void>();
        const dying = await deployment.worker(() => {
          started.resolve();
          return never();
        });
        await started.promise;
        await dying.kill();
      }
      await deployment.worker(doubled);
      expect(await task.result()).toMatchObject({ type: 'failed', error: { code: 'AttemptsExhausted' } });
    });
  });

  describe('a redelivered task', () => {
    /** Delivers the task once without starting it, then changes the world. */
    const redelivered = async (change: (task: ScheduledTask) => Promise<void>) => {
      const task = await deployment.schedule();
      const consumer = await deployment.consumer();
      const message = await consumer.next();
      await change(task);
      message?.nak();
      let calls = 0;
      await deployment.worker(async () => ++calls);
      await deployment.settled();
      return { calls, results: await task.results() };
    };

    it('runs while its instance still waits', async () => {
      expect(await redelivered(async () => undefined)).toEqual({ calls: 1, results: 1 });
    });
    it('is dropped when the instance was terminated', async () => {
      expect(await redelivered((task) => task.step({ status: 'Terminated' }))).toEqual({
        calls: 0,
        results: 0,
      });
    });
    it('is dropped when the instance is in another run', async () => {
      expect(await redelivered((task) => task.step({ run: 9 }))).toEqual({ calls: 0, results: 0 });
    });
    it('is dropped when the instance was purged', async () => {
      expect(await redelivered((task) => deployment.log.purge(task.subjects.step))).toEqual({
        calls: 0,
        results: 0,
      });
    });

    it('hazard 27: is recognised although the server forgot that it had been acknowledged', async () => {
      let calls = 0;
      await deployment.worker(async () => ++calls);
      const task = await deployment.schedule();
      await task.result();
      await task.step({ status: 'Completed' });
      await deployment.settled();

      await (await deployment.consumer()).delete();
      await deployment.provision();
      await deployment.settled();
      expect(calls).toBe(1);
    });
  });

  // Fails when a worker takes what is older than itself for new: a killed server forgets who had it.
  it('resumes what another worker had begun, although the server does not know of it', async () => {
    const task = await deployment.schedule();
    const begun = JSON.stringify({ starts: 1, failures: 0, value: { page: 7 } });
    await deployment.publish(task.subjects.progress(1, 7), begun);
    await deployment.worker(async (_, { attempt, lastProgress }) => ({ attempt, lastProgress }));
    expect(await task.result()).toMatchObject({ result: { attempt: 2, lastProgress: { page: 7 } } });
  });

  it('hazard 5: a task past its deadline is dropped; failing it is up to the coordinator', async () => {
    let calls = 0;
    await deployment.worker(async () => ++calls);
    const task = await deployment.schedule({ deadline: Date.now() - 1 });
    await deployment.settled();
    expect([calls, await task.results()]).toEqual([0, 0]);
  });

  it.each([
    ['not JSON', '{', /JSON/],
    ['no task', '{"input":1}', /not a task/],
  ])('keeps what cannot be decoded (%s) as a dead letter', async (_, body, reason) => {
    await deployment.worker(doubled);
    const subject = new ScheduledTask(deployment, 'x').subject;
    await deployment.publish(subject, body);
    await deployment.settled();
    const letter = await deployment.logs.connection.jsm.streams.getMessage(DEAD_LETTER_STREAM, {
      last_by_subj: deadLetterSubject(QUEUE),
    });
    expect(letter?.json()).toMatchObject({ subject, body, reason: expect.stringMatching(reason) });
  });

  it('leaves an activity that it does not know to another version of the service', async () => {
    await deployment.worker(doubled);
    const { subjects } = await deployment.schedule();
    await deployment.settled();
    const task = { input: {}, retry: {}, startToClose: 1000, deadline: Date.now() + 60_000 };
    await deployment.publish(subjects.task(QUEUE, 'spec.newer', 1, 8), JSON.stringify(task));
    await deployment.redelivered();
    expect(await deployment.log.readFromLeader(subjects.input)).toHaveLength(1);
  });
});
