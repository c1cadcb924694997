import { InstanceSubjects } from '@countersign/contracts';
import { Deployment, QUEUE } from '../testing/worker';
import { parkedInstances } from './parked-instances';
import { queueStates } from './queue-states';

describe('what stands in a deployment', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await Deployment.start();
  });
  afterAll(() => deployment.stop());

  it('is counted by queue and shard: what waits, what is in hand, what came again', async () => {
    const states = () => queueStates(deployment.logs.connection, 1, [QUEUE]);
    const idle = { shard: 0, waiting: 0, inHand: 0, repeated: 0 };
    expect(await states()).toEqual([
      { ...idle, queue: 'coordinator' },
      { ...idle, queue: QUEUE },
    ]);
    await deployment.schedule();
    const first = await deployment.schedule();
    await deployment.publish(first.subjects.input, '{}');
    expect(await states()).toMatchObject([{ waiting: 1 }, { waiting: 2, inHand: 0 }]);

    const both = new Promise<void>((resolve) => {
      let taken = 0;
      void deployment.worker(() => {
        if (++taken === 2) resolve();
        return new Promise<never>(() => undefined);
      });
    });
    await both;
    expect(await states()).toMatchObject([{ waiting: 1 }, { waiting: 0, inHand: 2 }]);
  });

  it('has its parked instances, and why they are', async () => {
    expect(await parkedInstances(deployment.logs)).toEqual([]);
    const why = { kind: 'unknown-workflow', workflow: 'Old', version: 3 };
    const { parked } = new InstanceSubjects(0, 'order ✓');
    await deployment.publish(parked, JSON.stringify({ why, tries: 2 }));
    expect(await parkedInstances(deployment.logs)).toEqual([
      { instanceId: 'order ✓', since: expect.any(Number), tries: 2, why },
    ]);
  });
});
