import { SocketModeClient } from '@slack/socket-mode';
import type { SlackNotifierConfig } from '../config';
import { silent } from '../slack/silent';

/** Milliseconds that asking Slack for an address may take, and that connecting and its greeting may. */
const TIMEOUT = 10_000;

/** One thing that somebody did in Slack. */
export interface Envelope {
  /** Of this delivery: what is delivered again has another one. */
  readonly id: string;
  readonly payload: unknown;
  /** Throws when the connection has ended; Slack then takes it for not delivered. */
  readonly acknowledge: (answer: object) => Promise<void>;
}

/** What Slack's client makes of an envelope; it declares no type for it. */
interface ClientEvent {
  readonly envelope_id: string;
  readonly body: unknown;
  readonly accepts_response_payload?: boolean;
  readonly ack: (answer?: object) => Promise<void>;
}

/**
 * One connection, from Slack's greeting to its end. It does not connect again by itself: the client's own
 * way to do so gives up for good, and takes the process with it, where Slack answers with an error.
 */
export class SocketSession {
  /** Resolves when the connection is over. */
  readonly ended: Promise<void>;
  private readonly client: SocketModeClient;

  constructor(
    { slackAppToken = '', slackApiUrl }: Pick<SlackNotifierConfig, 'slackAppToken' | 'slackApiUrl'>,
    take: (envelope: Envelope) => void,
  ) {
    this.client = new SocketModeClient({
      appToken: slackAppToken,
      autoReconnectEnabled: false,
      logger: silent,
      clientOptions: { slackApiUrl, timeout: TIMEOUT, retryConfig: { retries: 0 } },
    });
    this.ended = new Promise((resolve) => this.client.once('disconnected', () => resolve()));
    this.client.on('interactive', ({ envelope_id, body, accepts_response_payload, ack }: ClientEvent) =>
      take({
        id: envelope_id,
        payload: body,
        acknowledge: (answer) => ack(accepts_response_payload === true ? answer : undefined),
      }),
    );
  }

  /**
   * Resolves once Slack has greeted.
   *
   * @throws Error when there is no address, no connection or no greeting
   */
  async open(): Promise<void> {
    const silence = setTimeout(() => void this.close(), 2 * TIMEOUT);
    try {
      await this.client.start();
    } catch (error) {
      throw error ?? new Error('the connection ended before Slack greeted');
    } finally {
      clearTimeout(silence);
    }
  }

  async close(): Promise<void> {
    await this.client.disconnect();
  }
}
