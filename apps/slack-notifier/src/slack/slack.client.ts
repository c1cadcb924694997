import type { MessageRef, Person } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import { WebAPIRateLimitedError, WebClient } from '@slack/web-api';
import { SlackNotifierConfig } from '../config';
import type { Message } from '../messages/blocks';
import type { Dialog } from '../messages/reason-dialog';
import { isMarked, type Mark, metadataOf } from './mark';
import { RateLimit } from './rate-limit';
import { silent } from './silent';
import { slackError } from './slack-errors';

/** Milliseconds that one call may take. */
const TIMEOUT = 10_000;
/** How far back a message is looked for. */
const PAGES = 5;
const PAGE_SIZE = 200;

/** One page of messages, as two methods give it. */
interface Page {
  readonly messages?: readonly { readonly ts?: string; readonly metadata?: object }[];
  readonly response_metadata?: { readonly next_cursor?: string };
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
  /** Slack limits each method by itself. */
  private readonly limits = new Map<string, RateLimit>();

  constructor(config: SlackNotifierConfig) {
    this.web = new WebClient(config.slackBotToken, {
      slackApiUrl: config.slackApiUrl,
      timeout: TIMEOUT,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: silent,
    });
  }

  async post(channel: string, message: Message, mark: Mark, signal: AbortSignal): Promise<MessageRef> {
    const posted = await this.call('chat.postMessage', signal, () =>
      this.web.chat.postMessage({ channel, ...message, metadata: metadataOf(mark), unfurl_links: false }),
    );
    if (!posted.channel || !posted.ts)
      throw slackError('chat.postMessage', new Error('no channel and ts in the answer'));
    return { channel: posted.channel, ts: posted.ts };
  }

  /** Below a message, and in the channel, too: who has not said anything below it is not told of what is said there. */
  async reply({ channel, ts }: MessageRef, text: string, mark: Mark, signal: AbortSignal): Promise<void> {
    await this.call('chat.postMessage', signal, () =>
      this.web.chat.postMessage({
        channel,
        thread_ts: ts,
        reply_broadcast: true,
        text,
        metadata: metadataOf(mark),
        unfurl_links: false,
      }),
    );
  }

  async update({ channel, ts }: MessageRef, message: Message, signal: AbortSignal): Promise<void> {
    await this.call('chat.update', signal, () => this.web.chat.update({ channel, ts, ...message }));
  }

  /** Shows something to one person only. */
  async whisper({ channel }: MessageRef, { id: user }: Person, text: string, signal: AbortSignal) {
    await this.call('chat.postEphemeral', signal, () => this.web.chat.postEphemeral({ channel, user, text }));
  }

  async openDialog(triggerId: string, view: Dialog, signal: AbortSignal): Promise<void> {
    await this.call('views.open', signal, () => this.web.views.open({ trigger_id: triggerId, view }));
  }

  /** The ids of the members of a user group. */
  async membersOf(usergroup: string, signal: AbortSignal): Promise<readonly string[]> {
    const { users = [] } = await this.call('usergroups.users.list', signal, () =>
      this.web.usergroups.users.list({ usergroup }),
    );
    return users;
  }

  /** A message with this mark, among the newest ones of the channel. */
  find(channel: string, mark: Mark, signal: AbortSignal): Promise<MessageRef | undefined> {
    return this.search(channel, mark, (cursor) =>
      this.call('conversations.history', signal, () =>
        this.web.conversations.history({ channel, include_all_metadata: true, limit: PAGE_SIZE, ...cursor }),
      ),
    );
  }

  /** The same, below a message. */
  findReply({ channel, ts }: MessageRef, mark: Mark, signal: AbortSignal): Promise<MessageRef | undefined> {
    return this.search(channel, mark, (cursor) =>
      this.call('conversations.replies', signal, () =>
        this.web.conversations.replies({
          channel,
          ts,
          include_all_metadata: true,
          limit: PAGE_SIZE,
          ...cursor,
        }),
      ),
    );
  }

  private async search(
    channel: string,
    mark: Mark,
    read: (cursor: { cursor?: string }) => Promise<Page>,
  ): Promise<MessageRef | undefined> {
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const { messages, response_metadata } = await read(cursor ? { cursor } : {});
      const found = messages?.find(({ metadata }) => isMarked(metadata, mark));
      if (found?.ts) return { channel, ts: found.ts };
      cursor = response_metadata?.next_cursor;
      if (!cursor) return undefined;
    }
    return undefined;
  }

  private async call<T>(method: string, signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    const limit = this.limitOf(method);
    for (;;) {
      try {
        await limit.pass(signal);
        return await request();
      } catch (error) {
        if (!(error instanceof WebAPIRateLimitedError)) throw slackError(method, error);
        limit.met(error.retryAfter);
      }
    }
  }

  private limitOf(method: string): RateLimit {
    const limit = this.limits.get(method) ?? new RateLimit();
    this.limits.set(method, limit);
    return limit;
  }
}
