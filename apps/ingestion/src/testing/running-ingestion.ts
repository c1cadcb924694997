import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InstanceSubjects, shardFilter } from '@countersign/contracts';
import { type JetStreamLog, ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { hashToken, loadConfig, makeToken, startService } from '@countersign/service';
import { approvalSteps, eventually, type NatsServer, startNatsServer } from '@countersign/testing';
import type { Input, InputBody, Step } from '@countersign/workflow';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ingestionModule } from '../app.module';
import { IngestionConfig } from '../config';
import { slackSignature } from '../decisions/slack/slack-signature';

const { stepWith, waiting } = approvalSteps;

export const PUBLIC_URL = 'https://flows.example';
export const FUNCTION_KEY = 'a key of a release team';
export const HOST_KEY = 'a key of a platform team';
export const SYSTEM_KEY = 'a key of operations';
const SLACK_SECRET = 'the signing secret of the app';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const KEYS_FILE = 'keys.json';

/** An entry of the file of keys. */
export const keyEntry = (key: string, name: string, scope: string, workflows?: string[]) => ({
  name,
  scope,
  workflows,
  hash: sha256(key),
});

/** What a running ingestion knows when it starts. */
export const KEYS = [
  keyEntry(FUNCTION_KEY, 'release', 'function', ['NotifyOnTask']),
  keyEntry(HOST_KEY, 'platform', 'host'),
  keyEntry(SYSTEM_KEY, 'operations', 'system'),
];

/** Ingestion on a real port with a real nats-server; the spec plays the coordinator. */
export class RunningIngestion {
  private constructor(
    readonly nats: NatsServer,
    private readonly app: NestFastifyApplication,
    readonly url: string,
    private readonly dir: string,
  ) {}

  static async start(
    settings: Record<string, string> = {},
    keys: readonly object[] = KEYS,
  ): Promise<RunningIngestion> {
    const nats = await startNatsServer();
    const dir = await mkdtemp(join(tmpdir(), 'countersign-ingestion-'));
    await writeFile(join(dir, KEYS_FILE), JSON.stringify({ keys }));
    const config = loadConfig(IngestionConfig, {
      PORT: '0',
      LOG_LEVEL: 'silent',
      NATS_URL: nats.url,
      PUBLIC_URL,
      SLACK_SIGNING_SECRET: SLACK_SECRET,
      IDEMPOTENCY_SECRET: 'a secret of the server',
      ALLOW_ANONYMOUS_STARTS: 'true',
      KEYS_FILE: join(dir, KEYS_FILE),
      ...settings,
    });
    const options = { name: 'ingestion', config: IngestionConfig, module: ingestionModule, rawBody: true };
    const app = await startService(options, config).catch(async (error: unknown) => {
      await nats.stop();
      throw error;
    });
    return new RunningIngestion(nats, app, await app.getUrl(), dir);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.nats.stop();
    await rm(this.dir, { recursive: true });
  }

  /** What the services are given to read keys from; may be changed while ingestion runs. */
  get keysFile(): string {
    return join(this.dir, KEYS_FILE);
  }

  get client(): WorkflowClient {
    return this.app.get(WorkflowClient);
  }

  private get log(): JetStreamLog {
    return this.app.get(ShardLogs).at(0);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** What Slack posts when somebody presses a button; signed unless told otherwise. */
  slack(payload: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.post('/slack/actions', formOf(payload), {
      'content-type': 'application/x-www-form-urlencoded',
      ...this.signatureOf(payload),
      ...headers,
    });
  }

  /** The headers by which Slack signs such a request. */
  signatureOf(payload: unknown): Record<string, string> {
    const timestamp = String(Math.floor(Date.now() / 1000));
    return {
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': slackSignature(SLACK_SECRET, timestamp, formOf(payload)),
    };
  }

  /** An instance that waits for the decision of a token. */
  async waitingApproval(id: string): Promise<{ id: string; token: string; hash: string }> {
    const token = makeToken(id);
    const hash = hashToken(token);
    await this.client.start({ workflow: 'NotifyOnTask', id, input: {} });
    await this.writeStep(id, stepWith(waiting(hash)));
    return { id, token, hash };
  }

  async writeStep(id: string, step: Step): Promise<void> {
    const subject = new InstanceSubjects(0, id).step;
    const { kind } = await this.log.publish({ subject, body: JSON.stringify(step) });
    if (kind !== 'stored') throw new Error(`The step was not stored: ${kind}`);
  }

  /** The inputs that an instance has got, oldest first. */
  async inputs(id: string): Promise<Input[]> {
    const messages = await this.log.readFromLeader(new InstanceSubjects(0, id).input);
    return messages.map(({ seq, at, body }) => ({ seq, at, body: JSON.parse(body) as InputBody }));
  }

  /** Resolves when an instance has that many inputs. */
  async inputsOf(id: string, count: number): Promise<Input[]> {
    return eventually(
      () => this.inputs(id),
      ({ length }) => length >= count,
    );
  }

  /** Everything that is stored: what has to be equal before and after a request that starts nothing. */
  async storedSubjects(): Promise<string[]> {
    return (await this.log.subjects(shardFilter(0))).sort();
  }
}

const formOf = (payload: unknown): string =>
  new URLSearchParams({
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  }).toString();
