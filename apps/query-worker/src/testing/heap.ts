import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What collections in a row may differ by, in bytes, when there is nothing left to collect. */
const NOISE = 50_000;
const CALM = 5;

/** Bytes of the heap that stay reachable: what is closed and finalized meanwhile takes some turns to go. */
export async function reachableHeap(): Promise<number> {
  let least = Infinity;
  for (let calm = 0; calm < CALM; calm++) {
    collect();
    const { heapUsed } = process.memoryUsage();
    if (heapUsed < least - NOISE) calm = 0;
    least = Math.min(least, heapUsed);
    await pause(20);
  }
  return least;
}
