import { ReplayedInstance } from '@countersign/testing';
import { entityId } from '@countersign/workflow';
import { counterV1 } from './counter';

it('counts up and down, and begins again', () => {
  const instance = new ReplayedInstance([counterV1], { id: entityId('Counter', 'approvals') });
  instance.start({});
  const counts = [
    { operation: 'add', input: { by: 3 } },
    { operation: 'add', input: { by: -1 } },
    { operation: 'reset', input: {} },
    { operation: 'add', input: { by: 5 } },
  ].map((operation) => {
    instance.raise('operation', operation);
    return instance.step.customStatus;
  });
  expect(counts).toEqual([{ state: 3 }, { state: 2 }, { state: 0 }, { state: 5 }]);
});
