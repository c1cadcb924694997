/** A deployment with one queue, tasks as a coordinator would schedule them, and workers that take them. */
import 'reflect-metadata';
import { defineActivity, InstanceSubjects, streamName, workerConsumer } from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import {
  DEFAULT_CALL_OPTIONS,
  type ActivityCompleted,
  type ActivityFailed,
  type Step,
  type Task,
} from '@countersign/workflow';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Consumer } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { IsInt, Min } from 'class-validator';
import { Activity } from '../activities/activity.decorator';
import type { ActivityContext } from '../activities/activity-context';
import { ActivityServer, type ActivityServerOptions } from '../activities/activity-server';
import { JetStreamConnection } from '../connection';
import { ShardLogs } from '../shard-logs';
import { ensureTopology } from '../topology';
import { watch } from '../watch';

export const QUEUE = 'spec';
/** Of the queue's consumer, in milliseconds: shorter than in production. */
const ACK_WAIT = 1000;
/** Between two looks at the consumer, in milliseconds. */
const POLL = 20;

export class Number1 {
  @IsInt()
  @Min(1)
  value!: number;
}

export const double = defineActivity<unknown>()({
  name: 'spec.double',
  queue: QUEUE,
  input: Number1,
  description: 'For tests',
});

export type Handler = (input: Number1, context: ActivityContext) => Promise<unknown>;
export const doubled: Handler = async ({ value }) => value * 2;
export const never = () => new Promise<never>(() => undefined);

/** A process that serves the queue, but for the process. */
export interface Worker {
  readonly connection: JetStreamConnection;
  readonly server: ActivityServer;
  /** In an orderly way. */
  stop(): Promise<void>;
  /** As kill -9 would: nothing is settled. */
  kill(): Promise<void>;
}

export class Deployment {
  server!: NatsServer;
  logs!: ShardLogs;
  private readonly workers: Worker[] = [];
  /** What is left of workers that were killed: handlers that nobody waits for any more. */
  private readonly leftovers: Promise<void>[] = [];
  private count = 0;

  private constructor(private readonly ackWait: number) {}

  /**
   * Of the specs of one `describe`: runs while they do, without tasks when one begins.
   * @param options `ackWait` in milliseconds: how soon a task of a worker that died is delivered again
   */
  static forSpecs({ ackWait = ACK_WAIT } = {}): Deployment {
    const deployment = new Deployment(ackWait);
    beforeAll(() => deployment.begin());
    beforeEach(() => deployment.log.purge('wf.0.>'));
    afterEach(() => deployment.stopWorkers());
    afterAll(() => deployment.stop());
    return deployment;
  }

  static async start(): Promise<Deployment> {
    const deployment = new Deployment(ACK_WAIT);
    await deployment.begin();
    return deployment;
  }

  private async begin(): Promise<void> {
    this.server = await startNatsServer();
    const connection = await JetStreamConnection.open({ servers: this.server.url, name: 'spec' });
    this.logs = new ShardLogs(connection, 1);
    await this.provision();
  }

  async provision(): Promise<void> {
    const { connection } = this.logs;
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [QUEUE] });
    await connection.jsm.consumers.update(streamName(0), workerConsumer(QUEUE), {
      ack_wait: nanos(this.ackWait),
    });
  }

  private async stopWorkers(): Promise<void> {
    for (const worker of this.workers.splice(0)) await worker.kill();
  }

  async stopWorkersInOrder(): Promise<void> {
    for (const worker of this.workers.splice(0)) await worker.stop();
  }

  async stop(): Promise<void> {
    await this.stopWorkers();
    await Promise.all(this.leftovers);
    this.logs.close();
    await this.logs.connection.close();
    await this.server.stop();
  }

  get log() {
    return this.logs.at(0);
  }

  async worker(handler: Handler, options: ActivityServerOptions = {}): Promise<Worker> {
    const connection = await JetStreamConnection.open({ servers: this.server.url, name: 'worker' });
    const logs = new ShardLogs(connection, 1);
    const server = new ActivityServer(logs, { contracts: [double], drainTimeout: 200, ...options });
    const app = await serve(server, handlerModule(handler));
    let stopped = false;
    const end = async (orderly: boolean) => {
      if (stopped) return;
      stopped = true;
      if (orderly) await app.close();
      else await connection.nc.close();
      logs.close();
      await connection.close();
      if (!orderly) this.leftovers.push(app.close());
    };
    const worker = { connection, server, stop: () => end(true), kill: () => end(false) };
    this.workers.push(worker);
    return worker;
  }

  /** Publishes a task of a new instance. */
  async schedule(over: Partial<Task> = {}, step: Partial<Step> = {}): Promise<ScheduledTask> {
    const scheduled = new ScheduledTask(this, `instance ${++this.count}`);
    await scheduled.step(step);
    const task: Task = {
      input: { value: 21 },
      retry: { ...DEFAULT_CALL_OPTIONS.retry, initialInterval: 50 },
      startToClose: 10_000,
      deadline: Date.now() + 60_000,
      ...over,
    };
    await this.publish(scheduled.subject, JSON.stringify(task));
    return scheduled;
  }

  async publish(subject: string, body: string): Promise<void> {
    const outcome = await this.log.publish({ subject, body });
    if (outcome.kind !== 'stored') throw new Error(`${subject}: ${JSON.stringify(outcome)}`);
  }

  /** How many deliveries are neither acknowledged nor terminated. */
  async pending(): Promise<number> {
    const info = await (await this.consumer()).info();
    return info.num_ack_pending + info.num_pending;
  }

  /** Resolves when every task is acknowledged. */
  async settled(): Promise<void> {
    while ((await this.pending()) > 0) await new Promise((resolve) => setTimeout(resolve, POLL));
  }

  /** Resolves when a task that is not acknowledged was delivered again. */
  async redelivered(): Promise<void> {
    const consumer = await this.consumer();
    while ((await consumer.info()).num_redelivered === 0)
      await new Promise((resolve) => setTimeout(resolve, POLL));
  }

  /** The queue's, for what no worker does. */
  consumer(): Promise<Consumer> {
    return this.logs.connection.js.consumers.get(streamName(0), workerConsumer(QUEUE));
  }
}

export class ScheduledTask {
  readonly run = 1;
  readonly n = 7;
  readonly subjects: InstanceSubjects;

  constructor(
    private readonly deployment: Deployment,
    readonly id: string,
  ) {
    this.subjects = new InstanceSubjects(0, id);
  }

  get subject(): string {
    return this.subjects.task(QUEUE, double.name, this.run, this.n);
  }

  async step(over: Partial<Step> = {}): Promise<void> {
    const step = { format: 1, run: this.run, status: 'Running', inputs: [], ...over };
    await this.deployment.publish(this.subjects.step, JSON.stringify(step));
  }

  /** The first input that the worker stored. */
  async result(): Promise<ActivityCompleted | ActivityFailed> {
    const { log, logs } = this.deployment;
    const look = () => log.first(this.subjects.input);
    const input = await watch(logs.connection.nc, this.subjects.input, look, 30_000);
    if (input === undefined) throw new Error(`${this.id} got no result`);
    return JSON.parse(input.body) as ActivityCompleted | ActivityFailed;
  }

  async results(): Promise<number> {
    return (await this.deployment.log.readFromLeader(this.subjects.input)).length;
  }

  async progress(): Promise<unknown> {
    const record = await this.deployment.log.last(this.subjects.progress(this.run, this.n));
    return record && JSON.parse(record.body);
  }
}

function handlerModule(handler: Handler): new () => object {
  @Controller()
  class Handlers {
    @Activity(double)
    double(input: Number1, context: ActivityContext): Promise<unknown> {
      return handler(input, context);
    }
  }
  @Module({ controllers: [Handlers] })
  class HandlerModule {}
  return HandlerModule;
}

export async function serve(strategy: ActivityServer, module: new () => object): Promise<INestMicroservice> {
  const app = await NestFactory.createMicroservice(module, { strategy, logger: false, abortOnError: false });
  await app.listen();
  return app;
}
