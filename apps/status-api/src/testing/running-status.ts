import { InstanceSubjects } from '@countersign/contracts';
import { ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { loadConfig, startService } from '@countersign/service';
import { aStep, type NatsServer, startNatsServer } from '@countersign/testing';
import type { Json, OutgoingMessage, Step } from '@countersign/workflow';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { statusApiModule } from '../app.module';
import { StatusApiConfig } from '../config';

export const PUBLIC_URL = 'https://flows.example';

/** A running status-api, and the coordinator and workers played by the spec. */
export class Deployment {
  private constructor(
    readonly nats: NatsServer,
    readonly app: NestFastifyApplication,
    readonly url: string,
  ) {}

  static async start(settings: Record<string, string> = {}, nats?: NatsServer): Promise<Deployment> {
    const server = nats ?? (await startNatsServer());
    const env = { PORT: '0', LOG_LEVEL: 'silent', NATS_URL: server.url, PUBLIC_URL, ...settings };
    const options = { name: 'status-api', config: StatusApiConfig, module: statusApiModule };
    const app = await startService(options, loadConfig(StatusApiConfig, env));
    return new Deployment(server, app, await app.getUrl());
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.nats.stop();
  }

  ask(id: string, headers: Record<string, string> = {}, query = '', method = 'GET'): Promise<Response> {
    return fetch(`${this.url}/api/status/${encodeURIComponent(id)}${query}`, { headers, method });
  }

  async begin(id: string, input: Json = {}): Promise<void> {
    await this.app.get(WorkflowClient).start({ workflow: 'NotifyOnTask', id, input });
  }

  /** Plays the coordinator; returns the step's sequence. */
  step(id: string, more: Partial<Step>): Promise<number> {
    return this.publish({ subject: new InstanceSubjects(0, id).step, body: JSON.stringify(aStep(more)) });
  }

  /** Plays a worker; returns the report's sequence. */
  progress(id: string, n: number, record: object): Promise<number> {
    const subject = new InstanceSubjects(0, id).progress(1, n);
    return this.publish({ subject, body: JSON.stringify(record), rollup: true });
  }

  private async publish(message: OutgoingMessage): Promise<number> {
    const outcome = await this.app.get(ShardLogs).at(0).publish(message);
    if (outcome.kind !== 'stored') throw new Error(`Nothing was stored: ${outcome.kind}`);
    return outcome.seq;
  }
}
