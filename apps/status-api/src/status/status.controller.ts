import { instanceIdProblem, statusUri } from '@countersign/contracts';
import { WorkflowClient } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import { isTerminal } from '@countersign/workflow';
import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { StatusApiConfig } from '../config';
import { etagOf, knownVersions } from './etag';
import { publicStatus } from './public-status';

@Controller('api/status')
export class StatusController {
  constructor(
    private readonly client: WorkflowClient,
    private readonly config: StatusApiConfig,
  ) {}

  /** 202 with `Location` and `Retry-After` while the instance goes on, 200 once it has ended. */
  @Get(':id')
  async status(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-none-match') ifNoneMatch?: string,
    @Query('returnInternalServerErrorOnFailure') errorOnFailure?: string,
  ) {
    const known = knownVersions(ifNoneMatch);
    const view = instanceIdProblem(id) === undefined ? await this.client.read(id, known.newest) : undefined;
    if (view === undefined) throw new Problem(404, 'Job not found');
    const { status, seq } = view;
    reply.headers({ etag: etagOf(seq), 'cache-control': 'no-cache' });
    if (!isTerminal(status))
      reply.status(202).headers({
        location: statusUri(this.config.publicUrl, id),
        'retry-after': this.config.retryAfterSeconds,
      });
    else reply.status(status === 'Failed' && errorOnFailure === 'true' ? 500 : 200);
    if (known.has(seq)) return void reply.status(304);
    return publicStatus(view);
  }
}
