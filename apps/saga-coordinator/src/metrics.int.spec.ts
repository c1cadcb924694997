import { metric } from '@countersign/testing';
import { showParked } from './metrics';
import { RealDeployment, type RealCoordinator } from './testing/real-deployment';

describe('what a coordinator tells Prometheus', () => {
  let deployment: RealDeployment;
  let coordinator: RealCoordinator;
  beforeAll(async () => {
    deployment = await RealDeployment.start(true);
    coordinator = await deployment.coordinator();
    deployment.performTasks();
  });
  afterAll(async () => {
    await coordinator.close();
    await deployment.stop();
  });

  const grown = async (names: Record<string, Parameters<typeof metric>>, of: () => Promise<unknown>) => {
    const read = () => Promise.all(Object.values(names).map((one) => metric(...one)));
    // A step is there to be read a moment before it is counted, and counted before its inputs are acknowledged.
    await deployment.settled();
    const before = await read();
    await of();
    await deployment.settled();
    const after = await read();
    return Object.fromEntries(
      Object.keys(names).map((name, i) => [name, (after[i] ?? 0) - (before[i] ?? 0)]),
    );
  };

  it('counts starts, steps and ends, and measures how long inputs took', async () => {
    const counted = await grown(
      {
        started: ['countersign_instances_started_total', { workflow: 'sequence' }],
        steps: ['countersign_steps_total', { workflow: 'sequence' }],
        completed: ['countersign_instances_ended_total', { workflow: 'sequence', status: 'Completed' }],
        startLatencies: ['countersign_input_latency_seconds_count', { type: 'started' }],
        resultLatencies: ['countersign_input_latency_seconds_count', { type: 'completed' }],
      },
      async () => {
        await deployment.start('counted', 'sequence', 2);
        await deployment.reaches('counted', 'Completed');
      },
    );
    expect(counted).toEqual({ started: 1, steps: 3, completed: 1, startLatencies: 1, resultLatencies: 2 });
  });

  it('counts an end once, whatever is refused or purged later', async () => {
    await deployment.start('ended', 'sequence', 1);
    await deployment.reaches('ended', 'Completed');
    const counted = await grown(
      {
        steps: ['countersign_steps_total', { workflow: 'sequence' }],
        ended: ['countersign_instances_ended_total', { workflow: 'sequence' }],
      },
      async () => {
        await deployment.client.control('ended', { type: 'rewind' });
        await deployment.client.control('ended', { type: 'purge' });
      },
    );
    expect(counted).toEqual({ steps: 2, ended: 0 });
  });

  it('measures how late timers are', async () => {
    const begun = performance.now();
    const counted = await grown(
      {
        timers: ['countersign_timer_lateness_seconds_count'],
        late: ['countersign_timer_lateness_seconds_sum'],
      },
      async () => {
        await deployment.start('two timers', 'unlucky', 1);
        await deployment.reaches('two timers', 'Failed');
      },
    );
    expect(counted['timers']).toBe(2);
    expect(counted['late']).toBeLessThan((performance.now() - begun) / 1000);
  });

  it('measures how long an event was waited for, and when an activity was done for it', async () => {
    const counted = await grown(
      {
        waits: ['countersign_event_wait_seconds_count', { event: 'go' }],
        waited: ['countersign_event_wait_seconds_sum', { event: 'go' }],
        reactions: ['countersign_event_reaction_seconds_count', { event: 'go', activity: 'work' }],
      },
      async () => {
        await deployment.start('asks', 'trip', 0);
        await deployment.reaches('asks', 'Running');
        await deployment.client.waitFor('asks', () => false, 300); // Somebody takes his time.
        await deployment.client.raise('asks', { name: 'go' }, 1);
        await deployment.reaches('asks', 'Completed');
      },
    );
    expect(counted).toMatchObject({ waits: 1, reactions: 1 });
    expect(counted['waited']).toBeGreaterThan(0.29);
  });

  it('counts what is parked, by the reason', async () => {
    await deployment.start('waits for code', 'future');
    await deployment.settled();
    showParked([coordinator.shard.countParked(), new Map([['poisoned', 2]])]);
    expect(await metric('countersign_instances_parked', { reason: 'unknown-workflow' })).toBe(1);
    expect(await metric('countersign_instances_parked', { reason: 'poisoned' })).toBe(2);
    expect(await metric('countersign_instances_parked', { reason: 'diverged' })).toBe(0);
  });
});
