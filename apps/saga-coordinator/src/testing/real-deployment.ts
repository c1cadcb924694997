/** Real shards on a real nats-server. */
import {
  COORDINATOR_CONSUMER,
  COORDINATOR_GROUP,
  InstanceSubjects,
  parseTaskSubject,
  resultId,
  streamName,
} from '@countersign/contracts';
import {
  consumeInputs,
  ensureTopology,
  JetStreamConnection,
  ShardLogs,
  WorkflowClient,
  type InputConsumer,
} from '@countersign/jetstream';
import { type NatsServer, PATIENCE, startNatsServer, until } from '@countersign/testing';
import {
  replay,
  WorkflowRegistry,
  type Clock,
  type InputBody,
  type Step,
  type WorkflowDefinition,
} from '@countersign/workflow';
import { countStep } from '../metrics';
import type { Limits } from '../shard/options';
import { Shard } from '../shard/shard';
import { systemClock } from '../shard/system-clock';
import { definitions, QUEUE } from './workflows';

/** A clock that stops with its process: what waits for it never goes on. */
class MortalClock implements Clock {
  readonly now = systemClock.now;
  readonly wall = systemClock.wall;
  readonly #cancels = new Set<() => void>();
  #dead = false;

  after(ms: number, callback: () => void): () => void {
    if (this.#dead) return () => undefined;
    const cancel = systemClock.after(ms, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
    return cancel;
  }

  die(): void {
    this.#dead = true;
    for (const cancel of this.#cancels) cancel();
  }
}

export class RealCoordinator {
  private constructor(
    readonly connection: JetStreamConnection,
    readonly logs: ShardLogs,
    readonly shard: Shard,
    readonly consumer: InputConsumer,
    private readonly clock: MortalClock,
  ) {}

  static async open(
    url: string,
    options: { pinned: boolean; code?: readonly WorkflowDefinition[]; limits?: Partial<Limits> },
  ): Promise<RealCoordinator> {
    const connection = await JetStreamConnection.open({ servers: url, name: 'coordinator' });
    const logs = new ShardLogs(connection, 1);
    const registry = new WorkflowRegistry(options.code ?? definitions);
    const clock = new MortalClock();
    const shard = new Shard({
      shard: 0,
      shards: 1,
      log: logs.at(0),
      clock,
      find: (name, version) => registry.find(name, version),
      ...(options.limits && { limits: options.limits }),
      report: () => undefined,
      observe: countStep,
    });
    connection.onReconnect(() => shard.suspect());
    const onDelivery = shard.handle.bind(shard);
    const group = options.pinned ? { group: COORDINATOR_GROUP } : {};
    const consumer = await consumeInputs(connection, 0, { ...group, onDelivery });
    return new RealCoordinator(connection, logs, shard, consumer, clock);
  }

  /** In an orderly way, as at a deployment. */
  async close(): Promise<void> {
    await this.consumer.stop();
    await this.shard.close();
    this.logs.close();
    await this.connection.close();
  }

  /** As kill -9 would: what is in hand is not acknowledged. */
  async kill(): Promise<void> {
    this.clock.die();
    await this.connection.nc.close();
    await this.consumer.stop();
    this.logs.close();
    await this.connection.close();
  }
}

export class RealDeployment {
  private constructor(
    readonly server: NatsServer,
    readonly logs: ShardLogs,
    readonly client: WorkflowClient,
    private readonly pinned: boolean,
  ) {}

  static async start(pinned: boolean): Promise<RealDeployment> {
    const server = await startNatsServer();
    const connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, {
      shards: 1,
      durability: 'single',
      queues: [QUEUE],
      pinCoordinators: pinned,
    });
    const logs = new ShardLogs(connection, 1);
    return new RealDeployment(server, logs, new WorkflowClient(logs), pinned);
  }

  coordinator(options: { code?: readonly WorkflowDefinition[]; limits?: Partial<Limits> } = {}) {
    return RealCoordinator.open(this.server.url, { pinned: this.pinned, ...options });
  }

  /** From now on an input that is not acknowledged is not delivered again while a test lasts. */
  async deliverOnce(): Promise<void> {
    const ack_wait = 2 * PATIENCE * 1_000_000;
    await this.logs.connection.jsm.consumers.update(streamName(0), COORDINATOR_CONSUMER, { ack_wait });
  }

  /** Completes every task as soon as it is published. */
  performTasks(): void {
    const { nc } = this.logs.connection;
    nc.subscribe('wf.0.*.task.>', { callback: (_, { subject }) => void this.complete(subject) });
  }

  async complete(task: string): Promise<void> {
    const { instanceId, run, n } = parseTaskSubject(task);
    const body: InputBody = { type: 'completed', run, n, result: n };
    await this.logs.at(0).publish({
      subject: new InstanceSubjects(0, instanceId).input,
      body: JSON.stringify(body),
      msgId: resultId(instanceId, run, n),
    });
  }

  start(id: string, workflow: string, size = 1): Promise<unknown> {
    return this.client.start({ workflow, id, input: { peer: 'nobody', size } });
  }

  /** Waits for a status. */
  async reaches(id: string, status: string): Promise<Step | undefined> {
    const view = await this.client.waitFor(id, (seen) => seen.step?.status === status, PATIENCE);
    expect([id, view?.status]).toEqual([id, status]);
    return view?.step;
  }

  /** Inputs that are delivered and not acknowledged, and those that are still to be delivered. */
  async unsettled(): Promise<number> {
    const { jsm } = this.logs.connection;
    const { num_ack_pending, num_pending } = await jsm.consumers.info(streamName(0), COORDINATOR_CONSUMER);
    return num_ack_pending + num_pending;
  }

  /** Resolves when every input is acknowledged. */
  settled(): Promise<void> {
    return until(async () => (await this.unsettled()) === 0);
  }

  /** The journal replays, and lists every input once. */
  async expectLinear(id: string): Promise<void> {
    const subjects = new InstanceSubjects(0, id);
    const log = this.logs.at(0);
    const steps = (await log.readFromLeader(subjects.step)).map(({ seq, body }) => ({
      seq,
      step: JSON.parse(body) as Step,
    }));
    const inputs = (await log.readFromLeader(subjects.input)).map(
      ({ seq, body }) => [seq, JSON.parse(body) as InputBody] as const,
    );
    const registry = new WorkflowRegistry(definitions);
    const find = (name: string, version?: number) => registry.find(name, version);
    expect(replay({ id, find, inputs: new Map(inputs), steps }).kind).toBe('ok');
    const listed = steps.flatMap(({ step }) => step.inputs.map(({ seq }) => seq));
    expect(new Set(listed).size).toBe(listed.length);
  }

  async stop(): Promise<void> {
    this.logs.close();
    await this.logs.connection.close();
    await this.server.stop();
  }
}
