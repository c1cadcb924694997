import { metric } from '@countersign/testing';
import { CodedError, TerminalError } from '@countersign/workflow';
import { Deployment, double, QUEUE, type Handler } from '../testing/worker';

const attempts = (outcome: string) =>
  metric('countersign_activity_attempts_total', { activity: double.name, outcome });
const durations = () => metric('countersign_activity_duration_seconds_count', { activity: double.name });
const waits = () => metric('countersign_task_wait_seconds_count', { queue: QUEUE });
const waited = () => metric('countersign_task_wait_seconds_sum', { queue: QUEUE });

/** How much each figure grows while something happens. */
async function growth(of: () => Promise<void>) {
  const read = async () => ({
    completed: (await attempts('completed')) ?? 0,
    retried: (await attempts('retried')) ?? 0,
    failed: (await attempts('failed')) ?? 0,
    interrupted: (await attempts('interrupted')) ?? 0,
    durations: (await durations()) ?? 0,
    waits: (await waits()) ?? 0,
    waited: (await waited()) ?? 0,
  });
  const before = await read();
  await of();
  const after = await read();
  const names = Object.keys(before) as (keyof typeof before)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]]));
}

describe('what activities tell Prometheus', () => {
  const deployment = Deployment.forSpecs();

  const once = (handler: Handler) => async (): Promise<void> => {
    await deployment.worker(handler);
    const task = await deployment.schedule();
    await task.result();
    await deployment.settled();
  };

  it('counts what is completed, how long that took, and how long the task had waited', async () => {
    const grown = await growth(once(async ({ value }) => value * 2));
    expect(grown).toMatchObject({ completed: 1, retried: 0, failed: 0, durations: 1, waits: 1 });
  });

  it('counts each attempt, and the wait for the first one only', async () => {
    let starts = 0;
    const grown = await growth(
      once(async () => {
        if (++starts < 3) throw new CodedError('Busy', 'Try again', { retryable: true });
      }),
    );
    expect(grown).toMatchObject({ completed: 1, retried: 2, failed: 0, durations: 3, waits: 1 });
  });

  it('counts what has failed for good', async () => {
    const grown = await growth(
      once(async () => {
        throw new TerminalError('Refused', 'Never');
      }),
    );
    expect(grown).toMatchObject({ completed: 0, retried: 0, failed: 1, durations: 1 });
  });

  it('counts what a shutdown interrupted', async () => {
    const grown = await growth(async () => {
      const started = new Promise<void>((resolve) => {
        void deployment.worker(() => {
          resolve();
          return new Promise<never>(() => undefined);
        });
      });
      await deployment.schedule();
      await started;
      await deployment.stopWorkersInOrder();
    });
    expect(grown).toMatchObject({ completed: 0, retried: 0, failed: 0, interrupted: 1 });
  });

  it('measures how long a task had waited for a worker', async () => {
    const grown = await growth(async () => {
      const task = await deployment.schedule();
      await new Promise((resolve) => setTimeout(resolve, 300)); // Nobody serves the queue meanwhile.
      await deployment.worker(async () => 1);
      await task.result();
    });
    expect(grown).toMatchObject({ waits: 1 });
    expect(grown['waited']).toBeGreaterThan(0.29);
  });

  it('counts dead letters by their queue', async () => {
    const before = (await metric('countersign_dead_letters_total', { queue: QUEUE })) ?? 0;
    await deployment.worker(async () => 1);
    await deployment.publish(`wf.0.one.task.${QUEUE}.${double.name}.1-1`, 'no task');
    await deployment.settled();
    expect(await metric('countersign_dead_letters_total', { queue: QUEUE })).toBe(before + 1);
  });
});
