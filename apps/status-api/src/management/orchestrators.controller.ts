import { MANAGEMENT_PREFIX, type ManagementLinks } from '@countersign/contracts';
import { ApiOperation, ApiOperations, RequireScope, validated } from '@countersign/service';
import { Body, Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ManagementAddress } from './management-address';
import { common, startOperation } from './management.api';
import { FunctionsQuery } from './queries';
import { checkJson } from './request-body';
import { StartInstance } from './start-instance';

@Controller(`${MANAGEMENT_PREFIX}/orchestrators`)
@RequireScope('system')
@ApiOperations(common)
export class OrchestratorsController {
  constructor(
    private readonly starts: StartInstance,
    private readonly address: ManagementAddress,
  ) {}

  @Post([':workflow', ':workflow/:instanceId'])
  @ApiOperation(startOperation)
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { workflow, instanceId }: { workflow: string; instanceId?: string },
    @Body() body: unknown,
    @Query(validated(FunctionsQuery)) _query: FunctionsQuery,
  ): Promise<ManagementLinks> {
    checkJson(request, 415);
    return this.address.started(request, reply, await this.starts.run(workflow, body, instanceId));
  }
}
