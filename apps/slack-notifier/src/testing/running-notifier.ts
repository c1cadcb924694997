import { randomBytes } from 'node:crypto';
import { InstanceSubjects } from '@countersign/contracts';
import { ActivityServer, type JetStreamLog, ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { hashToken, loadConfig, makeToken, startService } from '@countersign/service';
import { approvalSteps } from '@countersign/testing';
import type { InputBody, Step } from '@countersign/workflow';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { slackNotifierModule } from '../app.module';
import { SlackNotifierConfig } from '../config';

const { stepWith, waiting } = approvalSteps;

interface Readiness {
  readonly status: string;
  readonly parts: Readonly<Record<string, string>>;
}

/** The whole service, on a real nats-server; the spec plays the coordinator, and Slack. */
export class RunningNotifier {
  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly url: string,
  ) {}

  static async start(settings: Record<string, string>): Promise<RunningNotifier> {
    const config = loadConfig(SlackNotifierConfig, {
      PORT: '0',
      LOG_LEVEL: 'silent',
      SLACK_BOT_TOKEN: 'xoxb-test',
      SLACK_CHANNEL: 'C1',
      TOKEN_KEY: randomBytes(32).toString('base64'),
      PUBLIC_URL: 'https://approve.example',
      ...settings,
    });
    const app = await startService(
      {
        name: 'slack-notifier',
        config: SlackNotifierConfig,
        module: slackNotifierModule,
        strategy: (app) => app.get(ActivityServer),
      },
      config,
    );
    return new RunningNotifier(app, await app.getUrl());
  }

  stop(): Promise<void> {
    return this.app.close();
  }

  async readiness(): Promise<Readiness> {
    return (await fetch(`${this.url}/health/ready`)).json() as Promise<Readiness>;
  }

  /** An instance that waits for the decision of a token. */
  async waitingApproval(id: string): Promise<{ id: string; token: string; hash: string }> {
    const token = makeToken(id);
    const hash = hashToken(token);
    await this.app.get(WorkflowClient).start({ workflow: 'NotifyOnTask', id, input: {} });
    await this.writeStep(id, stepWith(waiting(hash)));
    return { id, token, hash };
  }

  async writeStep(id: string, step: Step): Promise<void> {
    const { kind } = await this.log.publish({
      subject: new InstanceSubjects(0, id).step,
      body: JSON.stringify(step),
    });
    if (kind !== 'stored') throw new Error(`The step was not stored: ${kind}`);
  }

  /** The data of the events that an instance has got, oldest first. */
  async events(id: string): Promise<unknown[]> {
    return (await this.eventInputs(id)).map(({ data }) => data);
  }

  /** Which spans they were sent from. */
  async eventTraces(id: string): Promise<(string | undefined)[]> {
    return (await this.eventInputs(id)).map(({ trace }) => trace);
  }

  private async eventInputs(id: string) {
    const messages = await this.log.readFromLeader(new InstanceSubjects(0, id).input);
    const inputs = messages.map(({ body }) => JSON.parse(body) as InputBody);
    return inputs.filter((input) => input.type === 'event');
  }

  private get log(): JetStreamLog {
    return this.app.get(ShardLogs).at(0);
  }
}
