import { call, race, sleep, waitForEvent, workflow, type WorkflowDefinition } from '@countersign/workflow';
import { handleOrder, released, workloads } from './contracts';

const DAY = 24 * 3600 * 1000;

export const definitions: readonly WorkflowDefinition[] = [
  workflow(workloads.W1, { version: 1 }, function* ({ order, step }) {
    return yield* call(handleOrder, { order, step });
  }),
  workflow(workloads.W2, { version: 1 }, function* ({ order }) {
    yield* call(handleOrder, { order, step: 1 });
    yield* call(handleOrder, { order, step: 2 });
    const { step } = yield* waitForEvent(released);
    return yield* call(handleOrder, { order, step });
  }),
  workflow(workloads.W3, { version: 1 }, function* ({ order }) {
    for (let step = 1; step < 5; step++) yield* call(handleOrder, { order, step });
    return yield* call(handleOrder, { order, step: 5 });
  }),
  workflow(workloads.W4, { version: 1 }, function* ({ order }) {
    const { winner } = yield* race({ event: waitForEvent(released), time: sleep(DAY) });
    return { order, step: winner === 'event' ? 1 : 0 };
  }),
];
