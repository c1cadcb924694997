import { SlackDoor } from '@countersign/decisions';
import { ApiOperation, Problem, Unthrottled } from '@countersign/service';
import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { slackAction } from '../decisions.api';
import { SlackSigned } from './slack-signed.guard';

/** Presses of buttons and submitted dialogs in Slack (interactivity request URL). */
@Controller('slack')
export class SlackActionsController {
  constructor(private readonly door: SlackDoor) {}

  /**
   * Answered once the click is stored; what became of it shows in the message, which the workflow updates.
   * Slack sends everybody's clicks from a few addresses, and a click that is refused is lost.
   */
  @Post('actions')
  @Unthrottled()
  @HttpCode(200)
  @UseGuards(SlackSigned)
  @ApiOperation(slackAction)
  act(@Body() form: unknown) {
    return this.door.take(payloadOf(form));
  }
}

/** @throws Problem 400 when it is not the form that Slack posts */
function payloadOf(form: unknown): unknown {
  const text = typeof form === 'object' && form !== null && 'payload' in form ? form.payload : undefined;
  if (typeof text !== 'string') throw new Problem(400, 'The form has no field payload.');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, 'The payload is not JSON.', { cause });
  }
}
