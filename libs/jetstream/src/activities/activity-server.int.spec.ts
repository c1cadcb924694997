import { once } from 'node:events';
import { defineActivity } from '@countersign/contracts';
import { TerminalError } from '@countersign/workflow';
import { Controller, Module } from '@nestjs/common';
import { Deployment, double, doubled, never, Number1, QUEUE, serve, type Worker } from '../testing/worker';
import { Activity } from './activity.decorator';
import { ActivityServer } from './activity-server';

describe('ActivityServer', () => {
  const deployment = Deployment.forSpecs();

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

  describe('is ready', () => {
    const readiness = async ({ server }: Worker, wanted: (state: true | string) => boolean) => {
      while (!wanted(server.check())) await new Promise((resolve) => setTimeout(resolve, 20));
      return server.check();
    };

    it('while JetStream serves its consumer, and says why it does not', async () => {
      const worker = await deployment.worker(doubled);
      expect(await readiness(worker, (state) => state === true)).toBe(true);
      await (await deployment.consumer()).delete();
      expect(await readiness(worker, (state) => state !== true)).toMatch(/^JetStream answers (409|503)/);
      await deployment.provision();
      expect(await readiness(worker, (state) => state === true)).toBe(true);
      expect(await (await deployment.schedule()).result()).toMatchObject({ result: 42 });
      await worker.stop();
      expect(worker.server.check()).toBe('stopped');
    });

    it('while it has all that it may have in hand', async () => {
      const worker = await deployment.worker(never, { concurrency: 1 });
      await deployment.schedule();
      await deployment.schedule();
      await readiness(worker, (state) => state === true);
      // Longer than JetStream may be silent.
      await new Promise((resolve) => setTimeout(resolve, 7000));
      expect(worker.server.check()).toBe(true);
    });
  });

  it('goes on after the server was killed', async () => {
    await deployment.worker(doubled);
    await (await deployment.schedule()).result();
    await deployment.server.kill();
    const reconnected = new Promise<void>((resolve) => deployment.logs.connection.onReconnect(resolve));
    await deployment.server.restart();
    await reconnected;
    expect(await (await deployment.schedule()).result()).toMatchObject({ result: 42 });
  });

  describe('at shutdown', () => {
    it('lets running handlers finish and gives back what has not started', async () => {
      const started = Promise.withResolvers<void>();
      const finish = Promise.withResolvers<string>();
      const stopping = await deployment.worker(
        () => {
          started.resolve();
          return finish.promise;
        },
        { concurrency: 1, drainTimeout: 5000 },
      );
      const first = await deployment.schedule();
      await started.promise;
      const second = await deployment.schedule();
      await deployment.worker(async () => 'by another');
      const stopped = stopping.stop();
      expect(await second.result()).toMatchObject({ result: 'by another' });
      finish.resolve('by the first');
      await stopped;
      expect(await first.result()).toMatchObject({ result: 'by the first' });
    });

    it('tells handlers that take too long, and has them run elsewhere without using up an attempt', async () => {
      const started = Promise.withResolvers<void>();
      const stopping = await deployment.worker(
        () => {
          started.resolve();
          return never();
        },
        { drainTimeout: 50 },
      );
      const task = await deployment.schedule();
      await started.promise;
      await stopping.stop();
      await deployment.worker(async (_, { attempt }) => ({ attempt }));
      expect(await task.result()).toMatchObject({ result: { attempt: 1 } });
    });

    it('has what handlers that are told keep, before the task runs elsewhere', async () => {
      const started = Promise.withResolvers<void>();
      let kept = false;
      const stopping = await deployment.worker(
        async (_, { signal }) => {
          started.resolve();
          await once(signal, 'abort');
          await new Promise((resolve) => setTimeout(resolve, 100));
          kept = true;
          throw new TerminalError('Aborted', 'what a client of something makes of the signal');
        },
        { drainTimeout: 0 },
      );
      const task = await deployment.schedule();
      await started.promise;
      await deployment.worker(async (_, { attempt }) => ({ attempt, kept }));
      await stopping.stop();
      expect(await task.result()).toMatchObject({ result: { attempt: 1, kept: true } });
    });

    it('stores the result of a handler that ends when it is told', async () => {
      const started = Promise.withResolvers<void>();
      const stopping = await deployment.worker(
        async (_, { signal }) => {
          started.resolve();
          await once(signal, 'abort');
          return 'in part';
        },
        { drainTimeout: 0 },
      );
      const task = await deployment.schedule();
      await started.promise;
      await stopping.stop();
      expect(await task.result()).toMatchObject({ type: 'completed', result: 'in part' });
      expect(await deployment.pending()).toBe(0);
    });
  });
});
