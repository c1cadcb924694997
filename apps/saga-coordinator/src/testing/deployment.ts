/** A whole deployment in one seeded run: coordinators, workers, a client, and what goes wrong. */
import {
  NO_FAULTS,
  randomFaults,
  Simulation,
  type ModelClient,
  type SimulationOptions,
} from '@countersign/testing';
import { WorkflowRegistry } from '@countersign/workflow';
import type { Limits, ShardEvent } from '../shard/options';
import { Shard } from '../shard/shard';
import { SimulatedClient, SimulatedWorker } from './actors';
import { definitions, future } from './workflows';

const CHAOS_MS = 90_000;
const PARKED_RETRY_MS = 5_000;
/** Longest time to come to rest, in rounds of a minute: time-outs, quarantines and what follows from them. */
const ROUNDS = 60;

interface Coordinator {
  readonly client: ModelClient;
  readonly shards: readonly Shard[];
}

export interface Absence {
  readonly from: number;
  readonly to: number;
}

export class SimulatedDeployment {
  readonly simulation: Simulation;
  readonly client: SimulatedClient;
  /** When which coordinator stood still, by its name. */
  readonly absences = new Map<string, Absence[]>();
  readonly events: { readonly by: string; readonly event: ShardEvent }[] = [];
  readonly shards: number;
  registry = new WorkflowRegistry(definitions);
  readonly #limits: Partial<Limits> & Pick<Limits, 'retention'>;
  #coordinators: Coordinator[] = [];
  #started = 0;

  constructor(options: SimulationOptions) {
    const { seed } = options;
    this.shards = seed % 5 === 0 ? 2 : 1;
    this.simulation = new Simulation({
      faults: randomFaults,
      ...options,
      shards: this.shards,
      pinned: seed % 2 === 0,
      taskAckWait: 10_000,
    });
    const { random } = this.simulation;
    this.#limits = {
      cachedInstances: random.pick([0, 2, 10_000]),
      watchdogDelay: random.pick([0, 200, 1_000]),
      watchdogBacklog: random.pick([0, 3, 1_000]),
      poisonDeliveries: random.pick([5, 20]),
      parkedRetry: PARKED_RETRY_MS,
      surelyPublished: random.pick([100_000, 600_000]),
      retention: random.pick([Infinity, Infinity, 20_000]),
    };
    for (let i = random.between(1, 3); i > 0; i--) this.#coordinators.push(this.#startCoordinator());
    const ids = Array.from({ length: random.between(1, 4) }, (_, i) => `i${i}`);
    this.client = new SimulatedClient(this.simulation.client('client'), random, this.shards, ids);
    for (let i = 0; i < 2; i++) {
      new SimulatedWorker(this.simulation.client(`worker-${i}`), random, this.shards);
    }
    this.client.plan(random.between(0, 12), CHAOS_MS);
  }

  /** @returns whether it came to rest. */
  async run(): Promise<boolean> {
    const { simulation } = this;
    const { random, jetstream } = simulation;
    await simulation.run({ forMs: CHAOS_MS, each: () => this.#disturb() });
    jetstream.faults = NO_FAULTS;
    this.registry = new WorkflowRegistry(random.chance(0.5) ? definitions : [...definitions, future]);
    this.#coordinators = this.#coordinators.map((it) => this.#replaceIfGone(it));
    for (let round = 0; round < ROUNDS; round++) {
      this.#recover();
      if ((await simulation.run({ forMs: 60_000 })) === 'idle' && round > 5) return true;
    }
    return false;
  }

  /** Whether instances that ended are purged after a while. */
  get purges(): boolean {
    return this.#limits.retention < Infinity;
  }

  /** A line for everything that the streams ever held. */
  stored(): string[] {
    return this.simulation.jetstream.streams.flatMap((stream) =>
      stream.history.map(({ seq, storedAt, by, subject, body }) => {
        const gone = stream.get(seq) === undefined ? ' (gone)' : '';
        return `#${seq} ${storedAt.toFixed(0)} ${by} ${subject} ${body}${gone}`;
      }),
    );
  }

  #startCoordinator(): Coordinator {
    const client = this.simulation.client(`coordinator-${++this.#started}`);
    const shards = Array.from({ length: this.shards }, (_, index) => this.#startShard(client, index));
    return { client, shards };
  }

  #startShard(client: ModelClient, index: number): Shard {
    const shard = new Shard({
      shard: index,
      shards: this.shards,
      log: client.log(index),
      clock: client.clock,
      find: (name, version) => this.registry.find(name, version),
      limits: this.#limits,
      report: (event) => this.events.push({ by: client.name, event }),
    });
    client.log(index).attachConsumer((delivery) => shard.handle(delivery));
    void shard.recover().catch(() => undefined);
    return shard;
  }

  #replaceIfGone(coordinator: Coordinator): Coordinator {
    return coordinator.client.crashed ? this.#startCoordinator() : coordinator;
  }

  #recover(): void {
    for (const { shards } of this.#coordinators) {
      for (const shard of shards) {
        void shard.recover().catch(() => undefined);
        void shard.sweep().catch(() => undefined);
      }
    }
  }

  #disturb(): void {
    const { random, jetstream, scheduler } = this.simulation;
    const luck = random.next();
    if (luck > 0.03) return;
    if (luck < 0.002) {
      jetstream.restart(random.between(0, 4_000));
      for (const { shards } of this.#coordinators) for (const shard of shards) shard.suspect();
      return;
    }
    if (luck < 0.006) return this.#recover();
    const index = random.between(0, this.#coordinators.length - 1);
    const coordinator = this.#coordinators[index];
    if (coordinator === undefined) return;
    if (luck < 0.016) coordinator.client.crash();
    else if (luck < 0.02) {
      const ms = random.between(0, 20_000);
      const from = scheduler.clock.now();
      const { name } = coordinator.client;
      this.absences.set(name, [...(this.absences.get(name) ?? []), { from, to: from + ms }]);
      coordinator.client.stall(ms);
    } else this.#coordinators[index] = this.#replaceIfGone(coordinator);
  }
}
