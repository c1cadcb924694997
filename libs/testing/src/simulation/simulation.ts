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

/** One deployment in memory, on virtual time, in which the seed decides everything. */
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

  client(name: string): ModelClient {
    return this.jetstream.client(name);
  }

  run(limits?: RunLimits): Promise<RunEnd> {
    return this.scheduler.run(limits);
  }
}
