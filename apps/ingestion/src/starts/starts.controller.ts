import { managementLinks } from '@countersign/contracts';
import { ApiOperation, forbidden, presentedKey } from '@countersign/service';
import { Body, Controller, Headers, Param, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers';
import { IngestionConfig } from '../config';
import { started } from '../http/accepted';
import { JsonOnly } from '../http/json-only.guard';
import { StartWorkflow } from './start-workflow';
import { startWorkflow } from './starts.api';

@Controller('api/orchestrators')
export class StartsController {
  constructor(
    private readonly starts: StartWorkflow,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  /** With `?management=true` the answer has the links of the management API, which carry the caller's system key. */
  @Post([':workflow', ':workflow/:instanceId'])
  @UseGuards(JsonOnly)
  @ApiOperation(startWorkflow)
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { workflow, instanceId }: { workflow: string; instanceId?: string },
    @Body() body: unknown,
    @Query('management') management?: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const caller = this.callers.identify(request, workflow);
    const wantsLinks = management === 'true';
    if (wantsLinks && caller.scope !== 'system') throw forbidden({ scope: 'system' });
    const start = { workflow, caller: caller.id, body, id: instanceId, idempotencyKey };
    const answer = started(reply, this.config, await this.starts.run(start), workflow);
    if (!wantsLinks) return answer;
    const { managementUrl, publicUrl } = this.config;
    const key = presentedKey(request) ?? '';
    return { ...answer, ...managementLinks(managementUrl ?? publicUrl, answer.id, key) };
  }
}
