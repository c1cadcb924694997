import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceSubjects, MANAGEMENT_PREFIX, shardOf } from '@countersign/contracts';
import { JetStreamConnection, ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { loadConfig, startService } from '@countersign/service';
import { aStep, type NatsServer, PATIENCE, startNatsServer } from '@countersign/testing';
import type { Json, Step } from '@countersign/workflow';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StatusApiConfig } from '../config';
import { management } from '../management/management.module';
import { Projection } from '../projection/projection';
import { TinyCoordinator } from './tiny-coordinator';

export const SYSTEM_KEY = 'a key of operations';
export const HOST_KEY = 'a key of a platform team';

const keyEntry = (key: string, name: string, scope: string) => ({
  name,
  scope,
  hash: createHash('sha256').update(key).digest('hex'),
});

export interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

export const TASK = { taskid: '8900', description: 'to be deployed' };

/** The management API on a real port with a real nats-server. */
export class RunningManagement {
  private coordinator: TinyCoordinator | undefined;
  private count = 0;

  private constructor(
    readonly nats: NatsServer,
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly dir: string,
    private readonly ownsNats: boolean,
  ) {}

  static async start(settings: Record<string, string> = {}, nats?: NatsServer): Promise<RunningManagement> {
    const server = nats ?? (await startNatsServer());
    const dir = await mkdtemp(join(tmpdir(), 'countersign-management-'));
    const keys = [keyEntry(SYSTEM_KEY, 'operations', 'system'), keyEntry(HOST_KEY, 'platform', 'host')];
    await writeFile(join(dir, 'keys.json'), JSON.stringify({ keys }));
    const config = loadConfig(StatusApiConfig, {
      PORT: '0',
      MANAGEMENT_PORT: '0',
      LOG_LEVEL: 'silent',
      NATS_URL: server.url,
      PUBLIC_URL: 'https://flows.example',
      MANAGEMENT_URL: 'https://operators.example/',
      KEYS_FILE: join(dir, 'keys.json'),
      ...settings,
    });
    const app = await startService({ name: 'status-api', config: StatusApiConfig, ...management }, config);
    return new RunningManagement(server, app, await app.getUrl(), dir, nats === undefined);
  }

  /** Plays the coordinator from here on. */
  async coordinate(): Promise<void> {
    this.coordinator = await TinyCoordinator.start(this.logs);
  }

  async stop(): Promise<void> {
    await this.coordinator?.stop();
    await this.app.close();
    if (this.ownsNats) await this.nats.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  get client(): WorkflowClient {
    return this.app.get(WorkflowClient);
  }

  get logs(): ShardLogs {
    return this.app.get(ShardLogs);
  }

  get connection(): JetStreamConnection {
    return this.app.get(JetStreamConnection);
  }

  get projection(): Projection {
    return this.app.get(Projection);
  }

  /** With the system key, unless the headers say otherwise. */
  ask(path: string, { method = 'GET', body, headers }: Asked = {}): Promise<Response> {
    const sent = {
      'x-functions-key': SYSTEM_KEY,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    return fetch(`${this.url}${MANAGEMENT_PREFIX}${path}`, {
      method,
      headers: { ...sent, ...headers },
      ...(body !== undefined && { body }),
    });
  }

  post(path: string, body?: Json): Promise<Response> {
    return this.ask(path, { method: 'POST', ...(body !== undefined && { body: JSON.stringify(body) }) });
  }

  async begin(id: string, input: Json = {}): Promise<void> {
    await this.client.start({ workflow: 'NotifyOnTask', id, input });
  }

  /** Waits until the instance has this status. */
  async reached(id: string, status: string): Promise<void> {
    const view = await this.client.waitFor(id, (seen) => seen.status === status, PATIENCE);
    if (view?.status !== status) throw new Error(`${id} is ${view?.status}, not ${status}`);
  }

  /** The id of a running instance, or of one that ended in this way. */
  async given(status: 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated'): Promise<string> {
    const id = `an ${status} ${++this.count}`;
    await this.begin(id, TASK);
    if (status === 'Suspended') await this.client.control(id, { type: 'suspend' });
    if (status === 'Terminated') await this.client.control(id, { type: 'terminate', reason: 'enough' });
    if (status === 'Completed') await this.client.raise(id, { name: 'finish' }, {});
    if (status === 'Failed') await this.client.raise(id, { name: 'finish' }, { fail: true });
    await this.reached(id, status);
    return id;
  }

  async statusOf(id: string): Promise<Record<string, unknown>> {
    return (await (await this.ask(instance(id))).json()) as Record<string, unknown>;
  }

  /** Writes a step as a coordinator would; returns its sequence. */
  async step(id: string, more: Partial<Step> = {}): Promise<number> {
    const subject = new InstanceSubjects(shardOf(id, this.logs.shards), id).step;
    return this.publish(subject, JSON.stringify(aStep(more)), id);
  }

  /** Deletes an instance as a coordinator would. */
  async purge(id: string, last: number): Promise<void> {
    const subjects = new InstanceSubjects(shardOf(id, this.logs.shards), id);
    await this.publish(subjects.purged, JSON.stringify({ step: last }), id);
    await this.logs.of(id).purge(subjects.step, last + 1);
    await this.logs.of(id).purge(subjects.input, last + 1);
  }

  private async publish(subject: string, body: string, id: string): Promise<number> {
    const outcome = await this.logs.of(id).publish({ subject, body });
    if (outcome.kind !== 'stored') throw new Error(`Nothing was stored: ${outcome.kind}`);
    return outcome.seq;
  }
}

export const instance = (id: string): string => `/instances/${encodeURIComponent(id)}`;

export async function problemOf(answer: Response) {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return (await answer.json()) as { detail: string; errors?: { field: string }[] };
}
