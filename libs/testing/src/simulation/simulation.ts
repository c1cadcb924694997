import type { ModelClient } from './client';
import { type Faults, NO_FAULTS } from './faults';
import { ModelJetStream, type ModelOptions } from './jetstream';
import { SeededRandom } from './random';
import { type RunEnd, type RunLimits, Scheduler } from './scheduler';

export interface SimulationOptions extends Omit<ModelOptions, 'faults'> {
  readonly seed: number;
  /** Keeps a line for each action, to be printed where a seed fails. */
  readonly traced?: boolean;
  /** Drawn by the seed where it is a function (`randomFaults`). */
  readonly faults?: Faults | ((random: SeededRandom) => Faults);
}

/**
 * One deployment in memory, on virtual time, in which the seed decides everything.
 *
 * @example
 * const simulation = new Simulation({ seed, shards: 1, pinned: false, faults: randomFaults });
 * const client = simulation.client('coordinator-1');
 * client.log(0).attachConsumer((delivery) => coordinator(client.log(0), client.clock).handle(delivery));
 * await simulation.run({ forMs: 60_000, each: () => simulation.random.chance(0.01) && client.crash() });
 * simulation.jetstream.faults = NO_FAULTS; // let it come to rest, with whoever is left
 * expect(await simulation.run({ forMs: 600_000 })).toBe('idle');
 * simulation.jetstream.stream(0).history; // everything ever stored, by whom: check the invariants here
 */
export class Simulation {
  readonly random: SeededRandom;
  readonly scheduler: Scheduler;
  readonly jetstream: ModelJetStream;

  constructor(options: SimulationOptions) {
    const { seed, traced, faults = NO_FAULTS } = options;
    this.random = new SeededRandom(seed);
    this.scheduler = new Scheduler(this.random, traced);
    this.jetstream = new ModelJetStream(this.scheduler, {
      ...options,
      faults: typeof faults === 'function' ? faults(this.random) : faults,
    });
  }

  /** A process with a connection and a clock of its own. */
  client(name: string): ModelClient {
    return this.jetstream.client(name);
  }

  run(limits?: RunLimits): Promise<RunEnd> {
    return this.scheduler.run(limits);
  }
}
