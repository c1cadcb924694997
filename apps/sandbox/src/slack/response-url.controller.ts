import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { SlackArguments } from './arguments';
import { SlackError } from './slack-error';
import { Workspace } from './workspace';

/** A response_url may be used this often, for half an hour. */
const MAX_USES = 5;
const LIFE = 30 * 60 * 1000;

/**
 * Where an app answers to a press: `replace_original` changes the message, `response_type:
 * in_channel` posts a new one, anything else is whispered to the person who pressed.
 */
@Controller('sandbox/slack/actions')
export class ResponseUrlController {
  constructor(private readonly workspace: Workspace) {}

  @Post(':team/:pressId')
  @HttpCode(200)
  respond(
    @Param('pressId') pressId: string,
    @Body() body: Record<string, unknown> | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    try {
      this.apply(pressId, new SlackArguments(body ?? {}));
      return { ok: true };
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      void reply.status(404);
      return error.body;
    }
  }

  private apply(pressId: string, args: SlackArguments): void {
    const press = this.workspace.press(pressId);
    const message = press && this.workspace.find(press.ts);
    if (press === undefined || message === undefined) throw new SlackError('invalid_url');
    if (Date.now() - press.at > LIFE) throw new SlackError('expired_url');
    if (press.responses >= MAX_USES) throw new SlackError('used_url');
    if (args.flag('replace_original')) this.workspace.update(message.ts, args.content(message.content));
    else if (args.text('response_type') === 'in_channel')
      this.workspace.post(message.channel, args.content());
    else this.workspace.whisper(message.channel, press.by.id, args.content());
    this.workspace.recordResponse(pressId);
  }
}
