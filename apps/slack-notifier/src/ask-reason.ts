import { AskReason, askReason, type ReasonAsked } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { reasonDialog } from './messages/reason-dialog';
import { Questions } from './questions';
import { SlackClient } from './slack/slack.client';
import { saysSlack } from './slack/slack-errors';

/** Slack's names for it differ (docs.slack.dev/reference/methods/views.open, and what its servers answer). */
const TOO_LATE = ['expired_trigger_id', 'trigger_expired', 'invalid_trigger_id', 'invalid_trigger'];
const USED = ['exchanged_trigger_id', 'trigger_exchanged'];

/** Opens the dialog that asks why. One trigger opens one dialog, so a repeated attempt opens no second one. */
@Controller()
export class AskReasonHandler {
  constructor(
    private readonly slack: SlackClient,
    private readonly questions: Questions,
  ) {}

  @Activity(askReason)
  async ask(input: AskReason, { attempt, signal }: ActivityContext): Promise<ReasonAsked> {
    const dialog = reasonDialog(input.subject, this.questions.tokenOf(input));
    try {
      await this.slack.openDialog(input.triggerId, dialog, signal);
      return { asked: true };
    } catch (error) {
      if (saysSlack(error, ...USED))
        return attempt > 1
          ? { asked: true }
          : { asked: false, reason: 'A dialog was opened for this click before.' };
      if (!saysSlack(error, ...TOO_LATE)) throw error;
      return { asked: false, reason: 'Slack’s three seconds for a dialog were over.' };
    }
  }
}
