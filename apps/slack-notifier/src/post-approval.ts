import { type MessageRef, PostApproval, postApproval } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { unseal } from '@countersign/service';
import { TerminalError } from '@countersign/workflow';
import { Controller, Logger } from '@nestjs/common';
import { SlackNotifierConfig } from './config';
import { approvalMessage } from './messages/approval-message';
import { type Mark, SlackClient } from './slack/slack.client';

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
    private readonly config: SlackNotifierConfig,
  ) {}

  @Activity(postApproval)
  async post(input: PostApproval, context: ActivityContext): Promise<MessageRef> {
    const { instanceId, attempt, signal } = context;
    const mark = { instanceId, tokenHash: input.tokenHash };
    const token = unseal(input.sealedToken, this.config.tokenKey);
    const posted = attempt > 1 ? await this.earlier(mark, signal) : undefined;
    if (posted) return posted;
    await context.progress({ stage: 'posting' });
    const message = approvalMessage(input.subject, input.dueAt, token, this.config.publicUrl);
    return this.slack.post(message, mark, signal);
  }

  /** Where the channel may not be read, a second message is better than none: both carry the same token. */
  private async earlier(mark: Mark, signal: AbortSignal): Promise<MessageRef | undefined> {
    try {
      return await this.slack.find(mark, signal);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      this.logger.warn('cannot tell whether this was posted before, posting again', mark, error);
      return undefined;
    }
  }
}
