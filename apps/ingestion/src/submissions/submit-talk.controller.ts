import { processSubmission } from '@countersign/contracts';
import { ApiOperation } from '@countersign/service';
import { Body, Controller, Headers, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers';
import { IngestionConfig } from '../config';
import { started } from '../http/accepted';
import { JsonOnly } from '../http/json-only.guard';
import { StartWorkflow } from '../starts/start-workflow';
import { submitTalk } from './submit-talk.api';

/** Takes a talk for the conference. */
@Controller('api/submit')
export class SubmitTalkController {
  constructor(
    private readonly starts: StartWorkflow,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  @Post()
  @UseGuards(JsonOnly)
  @ApiOperation(submitTalk)
  async submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const { name: workflow } = processSubmission;
    const caller = this.callers.identify(request, workflow);
    const id = await this.starts.run({ workflow, caller: caller.id, body, idempotencyKey });
    return started(reply, this.config, id, workflow);
  }
}
