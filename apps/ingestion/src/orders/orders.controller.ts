import { processOrder } from '@countersign/contracts';
import { ApiOperation } from '@countersign/service';
import { Body, Controller, Headers, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers';
import { IngestionConfig } from '../config';
import { started } from '../http/accepted';
import { JsonOnly } from '../http/json-only.guard';
import { StartWorkflow } from '../starts/start-workflow';
import { placeOrder } from './orders.api';

/** Takes orders. */
@Controller('api/orders')
export class OrdersController {
  constructor(
    private readonly starts: StartWorkflow,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  @Post()
  @UseGuards(JsonOnly)
  @ApiOperation(placeOrder)
  async place(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const { name: workflow } = processOrder;
    const caller = this.callers.identify(request, workflow);
    const id = await this.starts.run({ workflow, caller: caller.id, body, idempotencyKey });
    return started(reply, this.config, id, workflow);
  }
}
