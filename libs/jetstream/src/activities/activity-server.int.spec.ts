import { once } from 'node:events';
import {
  DEAD_LETTER_STREAM,
  defineActivity,
  deadLetterSubject,
  streamName,
  workerConsumer,
} from '@countersign/contracts';
import { CodedError, TerminalError } from '@countersign/workflow';
import { Controller, Module } from '@nestjs/common';
import {
  Deployment,
  double,
  Number1,
  QUEUE,
  ScheduledTask,
  serve,
  type Handler,
  type Worker,
} from '../testing/worker';
import { Activity } from './activity.decorator';
import type { ActivityContext } from './activity-context';
import { ActivityServer } from './activity-server';

/** Something that a test waits for. */
class Signal<T = void> {
  fire!: (value: T) => void;
  readonly fired = new Promise<T>((resolve) => (this.fire = resolve));
}

const doubled: Handler = async ({ value }) => value * 2;
const never = () => new Promise<never>(() => undefined);

describe('ActivityServer', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start();
  });
  beforeEach(() => deployment.log.purge('wf.0.>'));
  afterEach(() => deployment.stopWorkers());
  afterAll(() => deployment.stop());

  describe('a handler', () => {
    it('gets the validated input, and its result becomes an input of the instance', async () => {
      const called = new Signal<{ input: Number1; context: ActivityContext }>();
      await deployment.worker(async (input, context) => {
        called.fire({ input, context });
        return { doubled: input.value * 2 };
      });
      const task = await deployment.schedule();

      expect(await task.result()).toEqual({ type: 'completed', run: 1, n: 7, result: { doubled: 42 } });
      const { input, context } = await called.fired;
      expect(input).toBeInstanceOf(Number1);
      expect(context).toMatchObject({ instanceId: task.id, run: 1, n: 7, attempt: 1 });
      expect(context.idempotencyKey).toBe(`${task.id}/1/7`);
      await deployment.settled();
      expect(await task.progress()).toBeUndefined();
    });

    it('is not called with an invalid input; the failure names the fields', async () => {
      let calls = 0;
      await deployment.worker(async () => ++calls);
      const task = await deployment.schedule({ input: { value: 'x' } });
      expect(await task.result()).toMatchObject({
        type: 'failed',
        error: {
          code: 'InvalidInput',
          message: expect.stringContaining('value must be an integer'),
          retryable: false,
        },
      });
      expect(calls).toBe(0);
    });

    it('runs at most as often at once as allowed', async () => {
      let [running, most] = [0, 0];
      await deployment.worker(
        async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setImmediate(resolve));
          running--;
        },
        { concurrency: 3 },
      );
      const tasks = await Promise.all(Array.from({ length: 30 }, () => deployment.schedule()));
      await Promise.all(tasks.map((task) => task.result()));
      expect(most).toBe(3);
    });

    it('may take longer than the acknowledgement time', async () => {
      let calls = 0;
      await deployment.worker(async () => {
        calls++;
        await new Promise((resolve) => setTimeout(resolve, 2500));
      });
      const task = await deployment.schedule();
      expect(await task.result()).toMatchObject({ type: 'completed', result: null });
      expect(calls).toBe(1);
    });

    it.each([
      ['hazard 16: a result larger than 256 KiB', async () => 'x'.repeat(256 * 1024), 'ValueTooLarge'],
      ['a result that is not JSON', async () => 1n, 'ResultNotJson'],
    ])('%s becomes a failure', async (_, handler: Handler, code) => {
      await deployment.worker(handler);
      const task = await deployment.schedule();
      expect(await task.result()).toMatchObject({ type: 'failed', error: { code, retryable: false } });
      await deployment.settled();
    });
  });

  describe('a failing handler', () => {
    it('fails the activity at once with a TerminalError', async () => {
      let calls = 0;
      await deployment.worker(async () => {
        calls++;
        throw new TerminalError('NotFound', 'no such thing', { details: { id: 1 } });
      });
      const task = await deployment.schedule();
      expect(await task.result()).toEqual({
        type: 'failed',
        run: 1,
        n: 7,
        error: { code: 'NotFound', message: 'no such thing', retryable: false, details: { id: 1 } },
      });
      expect(calls).toBe(1);
    });

    it('is tried again, resuming from its progress, until it succeeds', async () => {
      const seen: unknown[] = [];
      await deployment.worker(async (_, context) => {
        seen.push([context.attempt, context.lastProgress]);
        if (context.attempt === 3) return 'done';
        await context.progress({ page: context.attempt });
        throw new Error('not yet');
      });
      const task = await deployment.schedule();
      expect(await task.result()).toMatchObject({ type: 'completed', result: 'done' });
      expect(seen).toEqual([
        [1, undefined],
        [2, { page: 1 }],
        [3, { page: 2 }],
      ]);
      expect(await task.progress()).toEqual({
        starts: 3,
        failures: 2,
        value: { page: 2 },
        lastError: 'Error: not yet',
      });
    });

    it('fails with its last error when the attempts are used up', async () => {
      let calls = 0;
      await deployment.worker(async () => {
        throw new CodedError('Down', `down ${++calls}`, { retryable: true });
      });
      const retry = { maxAttempts: 3, initialInterval: 10, backoff: 1, maxInterval: 10 };
      const task = await deployment.schedule({ retry });
      expect(await task.result()).toMatchObject({
        type: 'failed',
        error: { code: 'Down', message: 'down 3' },
      });
      expect(calls).toBe(3);
    });

    it('fails when the next attempt would be past the deadline', async () => {
      await deployment.worker(async () => {
        throw new Error('x');
      });
      const retry = { maxAttempts: 0, initialInterval: 30_000, backoff: 1, maxInterval: 30_000 };
      const task = await deployment.schedule({ retry, deadline: Date.now() + 20_000 });
      expect(await task.result()).toMatchObject({ type: 'failed', error: { code: 'Error' } });
    });

    it('is told when an attempt takes longer than startToClose, and is tried again', async () => {
      const aborted = new Signal<unknown>();
      await deployment.worker(async (_, { attempt, signal }) => {
        if (attempt > 1) return attempt;
        signal.addEventListener('abort', () => aborted.fire(signal.reason));
        return never();
      });
      const task = await deployment.schedule({ startToClose: 50 });
      expect(await aborted.fired).toMatchObject({ code: 'StartToCloseTimeout' });
      expect(await task.result()).toMatchObject({ type: 'completed', result: 2 });
    });

    it('hazard 6: deliveries that started no handler use up no attempt', async () => {
      const task = await deployment.schedule({
        retry: { maxAttempts: 2, initialInterval: 1, backoff: 1, maxInterval: 1 },
      });
      const consumer = await deployment.logs.connection.js.consumers.get(
        streamName(0),
        workerConsumer(QUEUE),
      );
      for (let delivery = 1; delivery <= 8; delivery++) {
        const message = await consumer.next();
        expect(message?.info.deliveryCount).toBe(delivery);
        message?.nak();
      }

      await deployment.worker(async (_, { attempt }) => {
        if (attempt === 2) return 'second';
        throw new Error('first');
      });
      expect(await task.result()).toMatchObject({ type: 'completed', result: 'second' });
    });
  });

  describe('a worker that dies', () => {
    it('has its task taken over by another one, with the same idempotency key', async () => {
      const started = new Signal<string>();
      const dying = await deployment.worker((_, { idempotencyKey }) => {
        started.fire(idempotencyKey);
        return never();
      });
      const task = await deployment.schedule();
      const key = await started.fired;
      await dying.kill();
      await deployment.worker(async (_, { idempotencyKey }) => idempotencyKey);
      expect(await task.result()).toMatchObject({ type: 'completed', result: key });
    });

    it('because of the task, again and again, makes it fail', async () => {
      const task = await deployment.schedule({
        retry: { maxAttempts: 1, initialInterval: 1, backoff: 1, maxInterval: 1 },
      });
      for (let i = 0; i < 4; i++) {
        const started = new Signal();
        const dying = await deployment.worker(() => {
          started.fire();
          return never();
        });
        await started.fired;
        await dying.kill();
      }
      await deployment.worker(doubled);
      expect(await task.result()).toMatchObject({ type: 'failed', error: { code: 'AttemptsExhausted' } });
    }, 20_000);
  });

  describe('a redelivered task', () => {
    /** Delivers the task once without starting it, then changes the world. */
    const redelivered = async (change: (task: ScheduledTask) => Promise<void>) => {
      const task = await deployment.schedule();
      const consumer = await deployment.logs.connection.js.consumers.get(
        streamName(0),
        workerConsumer(QUEUE),
      );
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

      await deployment.logs.connection.jsm.consumers.delete(streamName(0), workerConsumer(QUEUE));
      await deployment.provision();
      await deployment.settled();
      expect(calls).toBe(1);
    });
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
    const task = { input: {}, retry: {}, startToClose: 1000, deadline: Date.now() + 3000 };
    await deployment.publish(subjects.task(QUEUE, 'spec.newer', 1, 8), JSON.stringify(task));
    await deployment.settled();
    expect(await deployment.log.readFromLeader(subjects.input)).toHaveLength(1);
  });

  // Fails when a worker takes what is older than itself for new: a killed server forgets who had it.
  it('resumes what another worker had begun, although the server does not know of it', async () => {
    const task = await deployment.schedule();
    const begun = JSON.stringify({ starts: 1, failures: 0, value: { page: 7 } });
    await deployment.publish(task.subjects.progress(1, 7), begun);
    await deployment.worker(async (_, { attempt, lastProgress }) => ({ attempt, lastProgress }));
    expect(await task.result()).toMatchObject({ result: { attempt: 2, lastProgress: { page: 7 } } });
  });

  describe('at shutdown', () => {
    it('lets running handlers finish and gives back what has not started', async () => {
      const started = new Signal();
      const finish = new Signal<string>();
      const stopping = await deployment.worker(
        () => {
          started.fire();
          return finish.fired;
        },
        { concurrency: 1, drainTimeout: 5000 },
      );
      const first = await deployment.schedule();
      await started.fired;
      const second = await deployment.schedule();
      await deployment.worker(async () => 'by another');
      const stopped = stopping.stop();
      expect(await second.result()).toMatchObject({ result: 'by another' });
      finish.fire('by the first');
      await stopped;
      expect(await first.result()).toMatchObject({ result: 'by the first' });
    });

    it('tells handlers that take too long, and has them run elsewhere without using up an attempt', async () => {
      const started = new Signal();
      const stopping = await deployment.worker(
        () => {
          started.fire();
          return never();
        },
        { drainTimeout: 50 },
      );
      const task = await deployment.schedule();
      await started.fired;
      await stopping.stop();
      await deployment.worker(async (_, { attempt }) => ({ attempt }));
      expect(await task.result()).toMatchObject({ result: { attempt: 1 } });
    });
  });

  it('has what handlers that are told keep, before the task runs elsewhere', async () => {
    const started = new Signal();
    let kept = false;
    const stopping = await deployment.worker(
      async (_, { signal }) => {
        started.fire();
        await once(signal, 'abort');
        await new Promise((resolve) => setTimeout(resolve, 100));
        kept = true;
        throw new TerminalError('Aborted', 'what a client of something makes of the signal');
      },
      { drainTimeout: 0 },
    );
    const task = await deployment.schedule();
    await started.fired;
    await deployment.worker(async (_, { attempt }) => ({ attempt, kept }));
    await stopping.stop();
    expect(await task.result()).toMatchObject({ result: { attempt: 1, kept: true } });
  });

  it('stores the result of a handler that ends when it is told', async () => {
    const started = new Signal();
    const stopping = await deployment.worker(
      async (_, { signal }) => {
        started.fire();
        await once(signal, 'abort');
        return 'in part';
      },
      { drainTimeout: 0 },
    );
    const task = await deployment.schedule();
    await started.fired;
    await stopping.stop();
    expect(await task.result()).toMatchObject({ type: 'completed', result: 'in part' });
    expect(await deployment.pending()).toBe(0);
  });

  describe('is ready', () => {
    const readiness = async ({ server }: Worker, wanted: (state: true | string) => boolean) => {
      while (!wanted(server.check())) await new Promise((resolve) => setTimeout(resolve, 20));
      return server.check();
    };

    it('while JetStream serves its consumer, and says why it does not', async () => {
      const worker = await deployment.worker(doubled);
      expect(await readiness(worker, (state) => state === true)).toBe(true);
      await deployment.logs.connection.jsm.consumers.delete(streamName(0), workerConsumer(QUEUE));
      expect(await readiness(worker, (state) => state !== true)).toMatch(/^JetStream answers (409|503)/);
      await deployment.provision();
      expect(await readiness(worker, (state) => state === true)).toBe(true);
      expect(await (await deployment.schedule()).result()).toMatchObject({ result: 42 });
      await worker.stop();
      expect(worker.server.check()).toBe('stopped');
    }, 15_000);

    it('while it has all that it may have in hand', async () => {
      const worker = await deployment.worker(never, { concurrency: 1 });
      await deployment.schedule();
      await deployment.schedule();
      await readiness(worker, (state) => state === true);
      // Longer than JetStream may be silent.
      await new Promise((resolve) => setTimeout(resolve, 7000));
      expect(worker.server.check()).toBe(true);
    }, 15_000);
  });

  it('goes on after the server was killed', async () => {
    await deployment.worker(doubled);
    await (await deployment.schedule()).result();
    await deployment.server.kill();
    const reconnected = new Promise<void>((resolve) => deployment.logs.connection.onReconnect(resolve));
    await deployment.server.restart();
    await reconnected;
    expect(await (await deployment.schedule()).result()).toMatchObject({ result: 42 });
  }, 20_000);

  describe('refuses to boot', () => {
    const other = defineActivity<void>()({
      name: 'spec.other',
      queue: QUEUE,
      input: Number1,
      description: '',
    });
    @Controller()
    class One {
      @Activity(double)
      async handle(): Promise<unknown> {
        return 1;
      }
    }
    @Controller()
    class Two extends One {}
    @Module({ controllers: [One] })
    class OneModule {}
    @Module({ controllers: [One, Two] })
    class TwiceModule {}

    const boot = (module: new () => object, contracts: (typeof double)[]) =>
      serve(new ActivityServer(deployment.logs, { contracts }), module);

    it('with two handlers for one activity', async () => {
      await expect(boot(TwiceModule, [double])).rejects.toMatchObject({ code: 'DuplicateHandler' });
    });
    it('when it serves a queue in part only', async () => {
      await expect(boot(OneModule, [double, other])).rejects.toMatchObject({
        code: 'UncoveredActivity',
        message: expect.stringContaining('spec.other (queue spec)'),
      });
    });
    it('with a handler for something that is not declared', async () => {
      await expect(boot(OneModule, [other])).rejects.toMatchObject({ code: 'UndeclaredActivity' });
    });
  });
});
