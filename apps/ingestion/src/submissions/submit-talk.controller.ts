import { processSubmission } from '@countersign/contracts';
import { ApiOperation } from '@countersign/service';
import { Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JsonOnly } from '../http/json-only.guard';
import { AnswerStart } from '../starts/answer-start';
import { submitTalk } from './submit-talk.api';

/** Takes a talk for the conference. */
@Controller('api/submit')
export class SubmitTalkController {
  constructor(private readonly start: AnswerStart) {}

  @Post()
  @UseGuards(JsonOnly)
  @ApiOperation(submitTalk)
  submit(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.start.run(processSubmission, request, reply);
  }
}
