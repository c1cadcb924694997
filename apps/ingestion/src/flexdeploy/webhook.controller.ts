import { notifyOnTask } from '@countersign/contracts';
import { ApiOperation, Unthrottled } from '@countersign/service';
import { Body, Controller, HttpCode, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IngestionConfig } from '../config';
import { started } from '../http/accepted';
import { JsonOnly } from '../http/json-only.guard';
import { ReceiveEvent } from './receive-event';
import { webhook } from './webhook.api';
import { WebhookSecret } from './webhook-secret.guard';

/** Where FlexDeploy sends its events (outgoing webhook). */
@Controller('flexdeploy')
export class WebhookController {
  constructor(
    private readonly events: ReceiveEvent,
    private readonly config: IngestionConfig,
  ) {}

  /**
   * What can never be of use is answered 200, too: an error would have it sent again for ever. Whether FlexDeploy
   * repeats what it was refused is not known, so nothing is refused for its number.
   */
  @Post('webhook')
  @Unthrottled()
  @HttpCode(200)
  @UseGuards(WebhookSecret, JsonOnly)
  @ApiOperation(webhook)
  async receive(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const received = await this.events.run(body);
    return 'id' in received ? started(reply, this.config, received.id, notifyOnTask.name) : received;
  }
}
