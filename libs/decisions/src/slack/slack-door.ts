import { CodedError } from '@countersign/workflow';
import { Injectable, Logger } from '@nestjs/common';
import { Decisions } from '../decisions';
import { answerOf } from '../verdict';
import { within } from '../within';
import { readSlackClick, type SlackClick } from './interaction';
import { REASON_DIALOG } from './reason-dialog';

/** Slack gives up after 3 s; a click that is not known to be stored by then must not look stored. */
const STORE_WAIT = 2500;
/** Milliseconds that telling somebody something may take. */
const TELL_WAIT = 5000;

/**
 * Clicks in Slack, by whichever way they come. What is answered may be sent to Slack once the click is
 * stored in JetStream, and not before; what becomes of it shows in the message, which the workflow updates.
 */
@Injectable()
export class SlackDoor {
  private readonly logger = new Logger('SlackDoor');

  constructor(private readonly decisions: Decisions) {}

  /**
   * @returns what Slack is answered
   * @throws Problem 400 when it is not what Slack sends; CodedError `StorageUnavailable` when a press of a
   *   button could not be stored in time: Slack must not be told that it was
   */
  async take(payload: unknown): Promise<object> {
    const click = readSlackClick(payload);
    if (click === undefined) return {};
    return click.from === 'button' ? this.pressed(click) : this.submitted(click);
  }

  private async pressed(click: SlackClick): Promise<object> {
    const verdict = await this.store(click);
    if (verdict.kind === 'stored') return {};
    const answer = ephemeral(answerOf(verdict).text);
    // Slack shows what a press is answered only for messages of an older kind than ours.
    if (click.responseUrl !== undefined) void this.tell(click.responseUrl, answer);
    return answer;
  }

  /** The dialog stays open, with what was typed, until the reason is stored. */
  private async submitted(click: SlackClick): Promise<object> {
    if (click.decision.reason === undefined) return dialogError('Please say why.');
    try {
      const verdict = await this.store(click);
      return verdict.kind === 'stored' ? {} : dialogError(answerOf(verdict).text);
    } catch (error) {
      if (!(error instanceof CodedError && error.code === 'StorageUnavailable')) throw error;
      this.logger.error('a reason could not be stored', error);
      return dialogError('This could not be stored. Please try again in a moment.');
    }
  }

  private store({ token, decision, once }: SlackClick) {
    return within(
      STORE_WAIT,
      this.decisions.store(token, decision, once),
      () => new CodedError('StorageUnavailable', 'The click was not stored in time', { retryable: true }),
    );
  }

  /** The click is kept whether or not the person hears of it. */
  private async tell(responseUrl: string, message: object): Promise<void> {
    try {
      const { ok, status } = await fetch(responseUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(message),
        redirect: 'error',
        signal: AbortSignal.timeout(TELL_WAIT),
      });
      if (!ok) this.logger.warn('somebody could not be told that they came too late', { status });
    } catch (error) {
      this.logger.warn('somebody could not be told that they came too late', error);
    }
  }
}

/** `& < >` are Slack's own marks. */
const escape = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** A message that only the person who clicked sees. */
const ephemeral = (text: string) => ({
  response_type: 'ephemeral',
  replace_original: false,
  text: escape(text),
});

/** Shown below the field. */
const dialogError = (text: string) => ({
  response_action: 'errors',
  errors: { [REASON_DIALOG.block]: text },
});
