import { ActionOnToken } from '@countersign/contracts';
import { Decisions } from '@countersign/decisions';
import { ApiOperation, validated } from '@countersign/service';
import { Body, Controller, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IngestionConfig } from '../config';
import { JsonOnly } from '../http/json-only.guard';
import { clickOf } from './click';
import { actionOnToken } from './decisions.api';
import { verdictReply } from './verdict-reply';

/** The decision by HTTP, for channels of other people's making. Whoever has the token may decide. */
@Controller('api/orchestrators/ActionOnToken')
export class ActionOnTokenController {
  constructor(
    private readonly decisions: Decisions,
    private readonly config: IngestionConfig,
  ) {}

  @Post()
  @UseGuards(JsonOnly)
  @ApiOperation(actionOnToken)
  async act(
    @Body(validated(ActionOnToken)) body: ActionOnToken,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const verdict = await this.decisions.decide(body.token, clickOf(body, 'http'));
    return verdictReply(reply, this.config, verdict);
  }
}
