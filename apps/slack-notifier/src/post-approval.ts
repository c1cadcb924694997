import { type MessageRef, PostApproval, postApproval } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { TerminalError } from '@countersign/workflow';
import { Controller, Logger } from '@nestjs/common';
import { Questions } from './questions';
import type { Mark } from './slack/mark';
import { SlackClient } from './slack/slack.client';

/**
 * Asks in Slack. Slack has no idempotency key: a repeated attempt first looks whether an earlier one
 * has posted before its answer was lost. Reporting progress before posting makes an attempt count
 * even when it dies with its process.
 */
@Controller()
export class PostApprovalHandler {
  private readonly logger = new Logger('PostApproval');

  constructor(
    private readonly slack: SlackClient,
    private readonly questions: Questions,
  ) {}

  @Activity(postApproval)
  async post(input: PostApproval, context: ActivityContext): Promise<MessageRef> {
    const { instanceId, attempt, signal } = context;
    const { tokenHash, escalated = false } = input;
    const mark: Mark = { instanceId, tokenHash, escalated };
    const message = this.questions.messageOf(input);
    const channel = this.questions.channelOf(input);
    const posted = attempt > 1 ? await this.earlier(channel, mark, signal) : undefined;
    if (posted) return posted;
    await context.progress({ stage: 'posting' });
    return this.slack.post(channel, message, mark, signal);
  }

  /** Where the channel may not be read, a second message is better than none: both carry the same token. */
  private async earlier(channel: string, mark: Mark, signal: AbortSignal): Promise<MessageRef | undefined> {
    try {
      return await this.slack.find(channel, mark, signal);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      this.logger.warn('cannot tell whether this was posted before, posting again', mark, error);
      return undefined;
    }
  }
}
