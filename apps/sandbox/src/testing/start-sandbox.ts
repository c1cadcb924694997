import { loadConfig, startService } from '@countersign/service';
import { type KnownBlock, WebClient } from '@slack/web-api';
import { SandboxConfig } from '../config';
import { sandbox } from '../service';
import { FakeIngestion } from './fake-ingestion';

export const BOT_TOKEN = 'xoxb-test-token';
export const APP_TOKEN = 'xapp-test-token';
export const SIGNING_SECRET = 'a signing secret';
export const WEBHOOK_SECRET = 'a shared secret';
export const SMTP = { user: 'countersign', pass: 'a password of the mail server' };
export const FLEXDEPLOY = { user: 'countersign', password: 'a:password', token: 'an-api-token' };

const ENVIRONMENT = {
  PORT: '0',
  LOG_LEVEL: 'silent',
  SLACK_SIGNING_SECRET: SIGNING_SECRET,
  SLACK_BOT_TOKEN: BOT_TOKEN,
  SLACK_APP_TOKEN: APP_TOKEN,
  SMTP_USER: SMTP.user,
  SMTP_PASSWORD: SMTP.pass,
  FLEXDEPLOY_USER: FLEXDEPLOY.user,
  FLEXDEPLOY_PASSWORD: FLEXDEPLOY.password,
  FLEXDEPLOY_TOKEN: FLEXDEPLOY.token,
  FLEXDEPLOY_WEBHOOK_SECRET: WEBHOOK_SECRET,
};

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export class RunningSandbox {
  constructor(
    readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  /** The client that production code uses; does not retry. */
  slack(token = BOT_TOKEN): WebClient {
    return new WebClient(token, {
      slackApiUrl: `${this.url}/sandbox/slack/api/`,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: quietLogger,
    });
  }

  /** Asks the control API until what it answers is as wanted; jest's own time limit ends a vain wait. */
  async until<T>(path: string, wanted: (body: unknown) => T | undefined): Promise<T> {
    for (;;) {
      const found = wanted((await this.call('GET', path)).body);
      if (found !== undefined) return found;
    }
  }

  /** A call of the control API or of FlexDeploy's; `path` is what follows `/sandbox/`. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answered> {
    const response = await fetch(new URL(path, `${this.url}/sandbox/`), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : parsed(text),
    };
  }
}

export async function startSandbox(settings: Record<string, string> = {}): Promise<RunningSandbox> {
  const app = await startService(sandbox, loadConfig(SandboxConfig, { ...ENVIRONMENT, ...settings }));
  return new RunningSandbox(await app.getUrl(), () => app.close());
}

/** A sandbox that has an ingestion of its own to send to; they stop together. */
export async function startWithIngestion(settings: Record<string, string> = {}) {
  const ingestion = await FakeIngestion.start();
  const { url, stop } = await startSandbox({ INGESTION_URL: ingestion.url, ...settings });
  const sandbox = new RunningSandbox(url, async () => {
    await stop();
    await ingestion.stop();
  });
  return { ingestion, sandbox };
}

/** An approval as the notifier posts it. */
export const APPROVAL: KnownBlock[] = [
  { type: 'section', text: { type: 'mrkdwn', text: 'Deploy to *PROD*?' } },
  {
    type: 'actions',
    block_id: 'approval',
    elements: [
      {
        type: 'button',
        action_id: 'approve',
        text: { type: 'plain_text', text: 'Approve' },
        style: 'primary',
        value: 'the.token',
      },
      {
        type: 'button',
        action_id: 'reject',
        text: { type: 'plain_text', text: 'Reject' },
        value: 'the.token',
      },
    ],
  },
];

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const ignore = () => undefined;
export const quietLogger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  setName: ignore,
  getLevel: () => 'error' as never,
};
