import type { MessageRef } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { type Logger, LogLevel, WebAPIRateLimitedError, WebClient } from '@slack/web-api';
import { SlackNotifierConfig } from '../config';
import type { Message } from '../messages/blocks';
import { RateLimit } from './rate-limit';
import { slackError } from './slack-errors';

/** Milliseconds that one call may take. */
const TIMEOUT = 10_000;
/** How far back a message is looked for. */
const PAGES = 5;
const PAGE_SIZE = 200;

const EVENT_TYPE = 'countersign_approval';

/** By what a message is recognised, in the message's metadata. */
export interface Mark {
  readonly instanceId: string;
  readonly tokenHash: string;
}

/**
 * The Slack Web API, as far as approvals need it. A call is made once; only a rate limit is waited
 * for here. Every other failure is left to the retry policy of the activity.
 *
 * Every method throws TerminalError `SlackRefused` or CodedError `SlackUnavailable` (retryable).
 */
@Injectable()
export class SlackClient {
  private readonly web: WebClient;
  private readonly limit = new RateLimit();

  constructor(private readonly config: SlackNotifierConfig) {
    this.web = new WebClient(config.slackBotToken, {
      slackApiUrl: config.slackApiUrl,
      timeout: TIMEOUT,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: silent,
    });
  }

  async post(message: Message, mark: Mark, signal: AbortSignal): Promise<MessageRef> {
    const { channel, ts } = await this.call('chat.postMessage', signal, () =>
      this.web.chat.postMessage({
        channel: this.config.slackChannel,
        ...message,
        metadata: {
          event_type: EVENT_TYPE,
          event_payload: { instance_id: mark.instanceId, token_hash: mark.tokenHash },
        },
        unfurl_links: false,
      }),
    );
    if (!channel || !ts) throw slackError('chat.postMessage', new Error('no channel and ts in the answer'));
    return { channel, ts };
  }

  async update({ channel, ts }: MessageRef, message: Message, signal: AbortSignal): Promise<void> {
    await this.call('chat.update', signal, () => this.web.chat.update({ channel, ts, ...message }));
  }

  /** A message that was posted for this token, among the newest ones of the channel. */
  async find({ tokenHash }: Mark, signal: AbortSignal): Promise<MessageRef | undefined> {
    const channel = this.config.slackChannel;
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const history = await this.call('conversations.history', signal, () =>
        this.web.conversations.history({
          channel,
          include_all_metadata: true,
          limit: PAGE_SIZE,
          ...(cursor ? { cursor } : {}),
        }),
      );
      const found = history.messages?.find(
        ({ metadata }) =>
          metadata?.event_type === EVENT_TYPE && payloadOf(metadata)['token_hash'] === tokenHash,
      );
      if (found?.ts) return { channel, ts: found.ts };
      cursor = history.response_metadata?.next_cursor;
      if (!cursor) return undefined;
    }
    return undefined;
  }

  private async call<T>(method: string, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        await this.limit.pass(signal);
        return await request();
      } catch (error) {
        if (!(error instanceof WebAPIRateLimitedError)) throw slackError(method, error);
        this.limit.met(error.retryAfter);
      }
    }
  }
}

const payloadOf = (metadata: object): Record<string, unknown> =>
  ('event_payload' in metadata ? (metadata.event_payload as Record<string, unknown>) : undefined) ?? {};

const ignore = () => undefined;
/** What the client would print is in the errors that it throws. */
const silent: Logger = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  setLevel: ignore,
  getLevel: () => LogLevel.ERROR,
  setName: ignore,
};
