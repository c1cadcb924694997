/** A number for each key: the smallest entity, and one to copy from. */
import { counter } from '@countersign/contracts';
import { entity } from '@countersign/workflow';

export const counterV1 = entity(
  counter,
  { version: 1, initial: 0 },
  {
    add: (count, { by }) => count + by,
    reset: () => 0,
  },
);
