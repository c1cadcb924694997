import { Body, Controller, Headers, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers';
import { IngestionConfig } from '../config';
import { accepted } from '../http/accepted';
import { JsonOnly } from '../http/json-only.guard';
import { StartWorkflow } from './start-workflow';

@Controller('api/orchestrators')
export class StartsController {
  constructor(
    private readonly starts: StartWorkflow,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  @Post([':workflow', ':workflow/:instanceId'])
  @UseGuards(JsonOnly)
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { workflow, instanceId }: { workflow: string; instanceId?: string },
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const caller = this.callers.identify(request);
    return accepted(
      reply,
      this.config,
      await this.starts.run({ workflow, caller, body, id: instanceId, idempotencyKey }),
    );
  }
}
