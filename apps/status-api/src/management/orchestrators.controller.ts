import { MANAGEMENT_PREFIX, type ManagementLinks } from '@countersign/contracts';
import { ApiOperation, ApiOperations, RequireScope, validated } from '@countersign/service';
import { Body, Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { InstanceStatus } from './instance-status';
import { ManagementAddress } from './management-address';
import { common, startOperation } from './management.api';
import { StartQuery } from './queries';
import { ReadInstance } from './read-instance';
import { checkJson } from './request-body';
import { StartInstance } from './start-instance';

@Controller(`${MANAGEMENT_PREFIX}/orchestrators`)
@RequireScope('system')
@ApiOperations(common)
export class OrchestratorsController {
  constructor(
    private readonly starts: StartInstance,
    private readonly reads: ReadInstance,
    private readonly address: ManagementAddress,
  ) {}

  @Post([':workflow', ':workflow/:instanceId'])
  @ApiOperation(startOperation)
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { workflow, instanceId }: { workflow: string; instanceId?: string },
    @Body() body: unknown,
    @Query(validated(StartQuery)) { timeout = 0 }: StartQuery,
  ): Promise<ManagementLinks | InstanceStatus> {
    checkJson(request, 415);
    const id = await this.starts.run(workflow, body, instanceId);
    const ended = timeout > 0 ? await this.reads.ended(id, timeout * 1000) : undefined;
    if (ended === undefined) return this.address.started(request, reply, id);
    reply.status(ended.runtimeStatus === 'Failed' ? 500 : 200);
    return ended;
  }
}
