import type { WorkflowContract } from '@countersign/contracts';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../callers/callers';
import { IngestionConfig } from '../config';
import { type Accepted, started } from '../http/accepted';
import { StartWorkflow } from './start-workflow';

/** A start at an address of the application's own: the body is the workflow's input. */
@Injectable()
export class AnswerStart {
  constructor(
    private readonly starts: StartWorkflow,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  /** @throws Problem 401, 403, and whatever {@link StartWorkflow} throws */
  async run(
    { name: workflow }: WorkflowContract<object, unknown>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Accepted> {
    const { body, headers } = request;
    const caller = this.callers.identify(request, workflow);
    const idempotencyKey = headers['idempotency-key']?.toString();
    const id = await this.starts.run({ workflow, caller: caller.id, body, idempotencyKey });
    return started(reply, this.config, id, workflow);
  }
}
