import { operationUri } from '@countersign/contracts';
import { answers, ApiOperation, ApiOperations, Problem, problem, ref } from '@countersign/service';
import { isTerminal } from '@countersign/workflow';
import { Controller, Get, Param, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { StatusApiConfig } from '../config';
import { type Operation, operationOf } from './operation';
import { Pace } from './pace';
import { StatusKeyGuard } from './status-key.guard';
import { StatusReader } from './status-reader';

@Controller('api/operations')
@UseGuards(StatusKeyGuard)
@ApiOperations({
  tag: 'Status',
  params: { id: 'Instance id' },
  answers: { 404: problem('There is no such instance'), ...answers.storage },
})
export class OperationsController {
  constructor(
    private readonly reader: StatusReader,
    private readonly pace: Pace,
    private readonly config: StatusApiConfig,
  ) {}

  /** 200 whatever the status is, with `Retry-After` until it is the last one. */
  @Get(':id')
  @ApiOperation({
    summary: 'An instance as a long-running operation of the Azure REST API guidelines',
    answers: {
      200: {
        description: 'Its status; it goes on while there is a `Retry-After`',
        body: ref('Operation'),
        headers: ['Retry-After', 'Operation-Location'],
      },
    },
  })
  async operation(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Operation> {
    const view = await this.reader.read(id);
    if (view === undefined) throw new Problem(404, 'Job not found');
    reply.header('cache-control', 'private, no-cache');
    if (!isTerminal(view.status))
      reply.headers({
        'retry-after': this.pace.retryAfter(view),
        'operation-location': operationUri(this.config.publicUrl, id),
      });
    return operationOf(view);
  }
}
