/** What specs of hazards send to an instance. */
import type { InputBody } from '@countersign/workflow';

export const ID = 'one';

export const completed = (run: number, n: number): InputBody => ({ type: 'completed', run, n, result: n });

export const event = (name: string): InputBody => ({ type: 'event', name, data: 1 });
