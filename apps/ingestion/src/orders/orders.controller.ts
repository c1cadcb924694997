import { processOrder } from '@countersign/contracts';
import { ApiOperation } from '@countersign/service';
import { Controller, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JsonOnly } from '../http/json-only.guard';
import { AnswerStart } from '../starts/answer-start';
import { placeOrder } from './orders.api';

/** Takes orders. */
@Controller('api/orders')
export class OrdersController {
  constructor(private readonly start: AnswerStart) {}

  @Post()
  @UseGuards(JsonOnly)
  @ApiOperation(placeOrder)
  place(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.start.run(processOrder, request, reply);
  }
}
