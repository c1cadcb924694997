import { answerOf, Decisions, readSlackClick, within } from '@countersign/decisions';
import { ApiOperation } from '@countersign/service';
import { CodedError } from '@countersign/workflow';
import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { slackAction } from '../decisions.api';
import { SlackSigned } from './slack-signed.guard';

/** Slack gives up after 3 s; a click that is not known to be stored by then must not look stored. */
const STORE_WAIT = 2500;

/** Presses of buttons in Slack (interactivity request URL). */
@Controller('slack')
export class SlackActionsController {
  constructor(private readonly decisions: Decisions) {}

  /** Answered once the click is stored; what became of it shows in the message, which the workflow updates. */
  @Post('actions')
  @HttpCode(200)
  @UseGuards(SlackSigned)
  @ApiOperation(slackAction)
  async act(@Body() form: unknown) {
    const click = readSlackClick(form);
    if (click === undefined) return {};
    const verdict = await within(
      STORE_WAIT,
      this.decisions.store(click.token, click.decision),
      () => new CodedError('StorageUnavailable', 'The click was not stored in time', { retryable: true }),
    );
    return verdict.kind === 'stored' ? {} : ephemeral(answerOf(verdict).text);
  }
}

/** A message that only the person who clicked sees. `& < >` are Slack's own marks. */
const ephemeral = (text: string) => ({
  response_type: 'ephemeral',
  replace_original: false,
  text: text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'),
});
