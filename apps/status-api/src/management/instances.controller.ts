import { MANAGEMENT_PREFIX } from '@countersign/contracts';
import {
  ApiOperation,
  ApiOperations,
  CalledBy,
  type Caller,
  Problem,
  RequireScope,
  validated,
} from '@countersign/service';
import { Controller, Delete, Get, Headers, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { InstanceStatus } from './instance-status';
import { ListInstances, pageHeaders } from './list-instances';
import { common, listOperation, purgeManyOperation } from './management.api';
import { PurgeInstances, type PurgeHistoryResult } from './purge-instances';
import { ListQuery, PurgeQuery } from './queries';

@Controller(`${MANAGEMENT_PREFIX}/instances`)
@RequireScope('system')
@ApiOperations(common)
export class InstancesController {
  constructor(
    private readonly lists: ListInstances,
    private readonly purges: PurgeInstances,
  ) {}

  @Get()
  @ApiOperation(listOperation)
  async list(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query(validated(ListQuery)) query: ListQuery,
    @Headers('x-ms-continuation-token') continuation?: string,
  ): Promise<readonly InstanceStatus[]> {
    const { instances, ...page } = await this.lists.run(query, continuation);
    reply.headers(pageHeaders(page));
    return instances;
  }

  @Delete()
  @ApiOperation(purgeManyOperation)
  async purge(
    @Query(validated(PurgeQuery)) query: PurgeQuery,
    @CalledBy() caller: Caller,
  ): Promise<PurgeHistoryResult> {
    const instancesDeleted = await this.purges.many(query, caller.name);
    if (instancesDeleted === 0) throw new Problem(404, 'No instance that has ended fits.');
    return { instancesDeleted };
  }
}
