import { CodedError, TerminalError } from '@countersign/workflow';
import { Deployment, never, Number1, type Handler } from '../testing/worker';
import type { ActivityContext } from './activity-context';

describe('handlers of activities', () => {
  const deployment = Deployment.forSpecs();

  describe('a handler', () => {
    it('gets the validated input, and its result becomes an input of the instance', async () => {
      const called = Promise.withResolvers<{ input: Number1; context: ActivityContext }>();
      await deployment.worker(async (input, context) => {
        called.resolve({ input, context });
        return { doubled: input.value * 2 };
      });
      const task = await deployment.schedule();

      expect(await task.result()).toEqual({ type: 'completed', run: 1, n: 7, result: { doubled: 42 } });
      const { input, context } = await called.promise;
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
      const aborted = Promise.withResolvers<unknown>();
      await deployment.worker(async (_, { attempt, signal }) => {
        if (attempt > 1) return attempt;
        signal.addEventListener('abort', () => aborted.resolve(signal.reason));
        return never();
      });
      const task = await deployment.schedule({ startToClose: 50 });
      expect(await aborted.promise).toMatchObject({ code: 'StartToCloseTimeout' });
      expect(await task.result()).toMatchObject({ type: 'completed', result: 2 });
    });

    it('hazard 6: deliveries that started no handler use up no attempt', async () => {
      const task = await deployment.schedule({
        retry: { maxAttempts: 2, initialInterval: 1, backoff: 1, maxInterval: 1 },
      });
      const consumer = await deployment.consumer();
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
});
