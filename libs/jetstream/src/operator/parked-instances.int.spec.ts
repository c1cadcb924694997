import { InstanceSubjects } from '@countersign/contracts';
import { Deployment } from '../testing/worker';
import { parkedInstances } from './parked-instances';

describe('parkedInstances', () => {
  const deployment = Deployment.forSpecs();

  it('lists those of a deployment, and why they stand still', async () => {
    expect(await parkedInstances(deployment.logs)).toEqual([]);
    const why = { kind: 'unknown-workflow', workflow: 'Old', version: 3 };
    const { parked } = new InstanceSubjects(0, 'order ✓');
    await deployment.publish(parked, JSON.stringify({ why, tries: 2 }));
    expect(await parkedInstances(deployment.logs)).toEqual([
      { instanceId: 'order ✓', since: expect.any(Number), tries: 2, why },
    ]);
  });
});
