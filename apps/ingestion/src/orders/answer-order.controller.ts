import { OrderApproval } from '@countersign/contracts';
import { ApiOperation, validated } from '@countersign/service';
import { Body, Controller, Param, Post, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IngestionConfig } from '../config';
import { accepted } from '../http/accepted';
import { JsonOnly } from '../http/json-only.guard';
import { AnswerOrder } from './answer-order';
import { answerOrder } from './orders.api';

/**
 * The customer's answer. Who may give it is who knows the order's id, which nobody can guess: it is told only to
 * who placed the order, and to the device that is asked.
 */
@Controller('api/Approve')
export class AnswerOrderController {
  constructor(
    private readonly answers: AnswerOrder,
    private readonly config: IngestionConfig,
  ) {}

  @Post(':instanceId')
  @UseGuards(JsonOnly)
  @ApiOperation(answerOrder)
  async answer(
    @Param('instanceId') id: string,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const answer = await validated(OrderApproval).transform(body ?? {}, { type: 'body' });
    await this.answers.run(id, answer);
    return accepted(reply, this.config, id);
  }
}
