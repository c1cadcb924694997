/** Scripted runs on the model: nothing fails by chance, and every delivery is made by hand. */
import { InstanceSubjects } from '@countersign/contracts';
import { Simulation, type ModelClient, type ModelStream } from '@countersign/testing';
import {
  WorkflowRegistry,
  type InputBody,
  type ShardLog,
  type Step,
  type WorkflowDefinition,
} from '@countersign/workflow';
import type { Limits, ShardEvent } from '../shard/options';
import { Shard } from '../shard/shard';
import { definitions } from './workflows';

export const ACK_WAIT = 5_000;

export interface BenchCoordinator {
  readonly client: ModelClient;
  readonly shard: Shard;
  readonly events: readonly ShardEvent[];
}

export interface CoordinatorOptions {
  readonly limits?: Partial<Limits>;
  readonly definitions?: readonly WorkflowDefinition[];
  /** Replaces parts of the log. */
  readonly log?: (log: ShardLog) => Partial<ShardLog>;
}

export class Bench {
  readonly simulation = new Simulation({ seed: 1 });
  readonly stream: ModelStream = this.simulation.jetstream.stream(0);
  readonly acknowledged: number[] = [];
  readonly renewed: number[] = [];
  #count = 0;

  coordinator(options: CoordinatorOptions = {}): BenchCoordinator {
    const client = this.simulation.client(`coordinator-${++this.#count}`);
    const events: ShardEvent[] = [];
    const registry = new WorkflowRegistry(options.definitions ?? definitions);
    const log = client.log();
    const shard = new Shard({
      shard: 0,
      shards: 1,
      log: Object.assign(Object.create(log) as ShardLog, options.log?.(log)),
      clock: client.clock,
      find: (name, version) => registry.find(name, version),
      limits: { ackWait: ACK_WAIT, ...options.limits },
      report: (event) => events.push(event),
    });
    return { client, shard, events };
  }

  /** Stores an input; gives its sequence. */
  store(id: string, body: InputBody): number {
    const { input } = new InstanceSubjects(0, id);
    const first = body.type === 'started' && body.parent === undefined ? { expectedLast: 0 } : {};
    const outcome = this.stream.publish({ subject: input, body: JSON.stringify(body), ...first }, 'test', 0);
    if (outcome.kind !== 'stored') throw new Error(`not stored: ${outcome.kind}`);
    return outcome.seq;
  }

  start(id: string, workflow: string, size = 1): number {
    return this.store(id, { type: 'started', workflow, input: { peer: 'peer', size } });
  }

  deliver({ shard }: BenchCoordinator, seq: number, deliveries = 1): void {
    const message = this.stream.get(seq) ?? this.stream.history.find((held) => held.seq === seq);
    if (message === undefined) throw new Error(`there is no message ${seq}`);
    shard.handle({
      message,
      deliveries,
      firstOnSubject: message.expectedLast === 0,
      ack: () => this.acknowledged.push(seq),
      working: () => this.renewed.push(seq),
    });
  }

  /** Stores and delivers, and lets everything that follows at once happen. */
  async give(coordinator: BenchCoordinator, id: string, body: InputBody): Promise<number> {
    const seq = this.store(id, body);
    this.deliver(coordinator, seq);
    await this.pass(100);
    return seq;
  }

  pass(ms: number): Promise<unknown> {
    return this.simulation.run({ forMs: ms });
  }

  /** Lets the run go on until the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    const end = await this.simulation.run({ until: condition, forMs: 600_000 });
    if (end !== 'until') throw new Error('it never came to that');
  }

  steps(id: string): Step[] {
    return this.stream.read(new InstanceSubjects(0, id).step).map(({ body }) => JSON.parse(body) as Step);
  }

  status(id: string): string | undefined {
    return this.steps(id).at(-1)?.status;
  }

  /** Everything ever stored for the instance under `task`, `timer` or `in`, the newest last. */
  stored(id: string, kind: 'task' | 'timer' | 'in'): string[] {
    const { prefix } = new InstanceSubjects(0, id);
    const subjects = this.stream.history.map(({ subject }) => subject);
    return subjects.filter((subject) => subject.startsWith(`${prefix}.${kind}`));
  }

  inputs(id: string): InputBody[] {
    const { input } = new InstanceSubjects(0, id);
    return this.stream.read(input).map(({ body }) => JSON.parse(body) as InputBody);
  }
}
