import { ActionOnToken } from '@countersign/contracts';
import { Decisions } from '@countersign/decisions';
import { ApiKeys, ApiOperation, presentedKey, validated } from '@countersign/service';
import { Body, Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IngestionConfig } from '../config';
import { JsonOnly } from '../http/json-only.guard';
import { clickOf, clickWithKey } from './click';
import { actionOnToken } from './decisions.api';
import { verdictReply } from './verdict-reply';

/**
 * The decision by HTTP, for channels of other people's making. Whoever has the token may decide, where the
 * approval names no approvers; a key tells who it is.
 */
@Controller('api/orchestrators/ActionOnToken')
export class ActionOnTokenController {
  constructor(
    private readonly decisions: Decisions,
    private readonly keys: ApiKeys,
    private readonly config: IngestionConfig,
  ) {}

  @Post()
  @UseGuards(JsonOnly)
  @ApiOperation(actionOnToken)
  async act(
    @Req() request: FastifyRequest,
    @Body(validated(ActionOnToken)) body: ActionOnToken,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const click =
      presentedKey(request) === undefined
        ? clickOf(body, 'http')
        : clickWithKey(body, this.keys.authorize(request, { scope: 'function' }));
    return verdictReply(reply, this.config, await this.decisions.decide(body.token, click));
  }
}
