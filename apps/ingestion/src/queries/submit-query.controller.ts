import { queryAudit } from '@countersign/contracts';
import { ApiOperation, Problem } from '@countersign/service';
import { Controller, Get, Headers, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers';
import { IngestionConfig } from '../config';
import { started } from '../http/accepted';
import { StartWorkflow } from '../starts/start-workflow';
import { readDateRange } from './date-range';
import { submitQuery } from './submit-query.api';

/** Starts the query over the audit table: the one start that a browser's address line can do. */
@Controller('api/submit/query')
export class SubmitQueryController {
  constructor(
    private readonly starts: StartWorkflow,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  @Get()
  @ApiOperation(submitQuery)
  get(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('s') s?: unknown,
    @Query('e') e?: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    // Fastify answers HEAD with what GET does, and this does something.
    if (request.method === 'HEAD')
      throw new Problem(405, 'Ask with GET or POST.', { headers: { allow: 'GET, POST' } });
    return this.submit(request, reply, s, e, idempotencyKey);
  }

  @Post()
  @ApiOperation(submitQuery)
  async submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('s') s?: unknown,
    @Query('e') e?: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const workflow = queryAudit.name;
    const caller = this.callers.identify(request, workflow);
    reply.header('cache-control', 'no-store'); // the answer to the next GET is another instance
    const range = readDateRange(s, e);
    if ('error' in range) {
      reply.status(400);
      return range;
    }
    const id = await this.starts.run({ workflow, caller: caller.id, body: range, idempotencyKey });
    const { statusUri } = started(reply, this.config, id, workflow);
    return { statusUri };
  }
}
