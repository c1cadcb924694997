import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of the heap that are reachable now. */
export function reachableHeap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
