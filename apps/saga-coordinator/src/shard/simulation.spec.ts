/**
 * The whole protocol under a seeded simulation (see `testing/`): coordinators that crash, stall, read
 * stale replicas and do not learn what became of a publish; a broker that restarts and forgets
 * acknowledgements; workers that fail, repeat themselves or never answer; a client that does
 * anything at any time. `testing/invariants.ts` says what must hold all the same.
 *
 * A failure names its seed; `SIMULATION_SEED=<seed> npx jest simulation` replays it and prints what
 * happened. `SIMULATION_SEEDS=<n>` tries more of them.
 *
 * These were seen to fail, with what was broken:
 * - listed twice: a step without its expected sequence;
 * - a task stored twice: a task without expected sequence 0;
 * - published before its step: commands published before the step is stored;
 * - published after a cancel: a repeat that publishes what is not open any more;
 * - replays to another state: late inputs applied to the cached execution;
 * - not acknowledged, does not rest: held inputs without a bound;
 * - no watchdog, no schedule: the watchdog is not stored, an acknowledgement before the commands;
 * - in no step: an acknowledgement on receipt, a read that lets go of what came meanwhile;
 * - inputs without a start: ghosts acknowledged and not deleted;
 * - parked for ever: the clock does not recover parked instances;
 * - a timer without a schedule, nobody will answer: a rewind that does not decide timers or children anew;
 * - listed twice, too: a first step that does not ask whether its start is still there;
 * - nobody will answer, too: a purge that takes a child's start with it;
 * - started and gone: an unknown outcome taken for "already there";
 * - another way: a pause of random length.
 */
import { simulationConfig } from '../testing/config';
import { SimulatedDeployment } from '../testing/deployment';
import { violations } from '../testing/invariants';

const { seeds, only } = simulationConfig;
const tried = only === undefined ? Array.from({ length: seeds }, (_, seed) => seed) : [only];
/** Most failures that are worth reading. */
const ENOUGH = 10;

async function run(seed: number) {
  const deployment = new SimulatedDeployment({ seed, traced: only !== undefined });
  const rested = await deployment.run();
  const { fingerprint, trace } = deployment.simulation.scheduler;
  const broken = [...violations(deployment), ...(rested ? [] : ['it does not come to rest'])];
  return { broken, fingerprint, story: () => [...trace, ...deployment.stored()].join('\n') };
}

async function violationsOf(seed: number): Promise<string[]> {
  const first = await run(seed);
  const again = await run(seed);
  if (only !== undefined) console.info(first.story());
  const deterministic = first.fingerprint === again.fingerprint;
  return [...first.broken, ...(deterministic ? [] : ['a second run of the seed went another way'])];
}

const failure = (seed: number, broken: readonly string[]): string =>
  [`SIMULATION_SEED=${seed} npx jest simulation`, ...broken].join('\n  ');

it(
  'keeps every invariant, whatever goes wrong',
  async () => {
    const failures: string[] = [];
    for (const seed of tried) {
      const broken = await violationsOf(seed).catch((error: Error) => [error.stack ?? error.message]);
      if (broken.length > 0) failures.push(failure(seed, broken));
      if (failures.length >= ENOUGH) break;
    }
    expect(failures.join('\n')).toBe('');
  },
  60_000 + 200 * tried.length,
);
