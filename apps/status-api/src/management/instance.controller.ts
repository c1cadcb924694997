import { MANAGEMENT_PREFIX, type ManagementLinks } from '@countersign/contracts';
import {
  ApiOperation,
  ApiOperations,
  CalledBy,
  type Caller,
  RequireScope,
  validated,
} from '@countersign/service';
import { type Control, isTerminal, type Json } from '@countersign/workflow';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ControlInstance } from './control-instance';
import type { InstanceStatus } from './instance-status';
import { ManagementAddress } from './management-address';
import {
  commonOfInstance,
  controlOperation,
  purgeOperation,
  raiseOperation,
  restartOperation,
  statusOperation,
} from './management.api';
import { type PurgeHistoryResult, PurgeInstances } from './purge-instances';
import { FunctionsQuery, ReasonQuery, RestartQuery, StatusQuery } from './queries';
import { ReadInstance } from './read-instance';
import { checkJson } from './request-body';
import { StartInstance } from './start-instance';

/** The use cases of one instance. */
export class InstanceUseCases {
  constructor(
    readonly read: ReadInstance,
    readonly control: ControlInstance,
    readonly starts: StartInstance,
    readonly purges: PurgeInstances,
  ) {}
}

@Controller(`${MANAGEMENT_PREFIX}/instances/:instanceId`)
@RequireScope('system')
@ApiOperations(commonOfInstance)
export class InstanceController {
  constructor(
    private readonly use: InstanceUseCases,
    private readonly address: ManagementAddress,
  ) {}

  @Get()
  @ApiOperation(statusOperation)
  async status(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('instanceId') id: string,
    @Query(validated(StatusQuery)) query: StatusQuery,
  ): Promise<InstanceStatus> {
    const status = await this.use.read.run(id, query);
    reply.header('cache-control', 'no-store');
    if (!isTerminal(status.runtimeStatus)) this.address.goesOn(request, reply);
    else if (status.runtimeStatus === 'Failed' && query.returnInternalServerErrorOnFailure) reply.status(500);
    return status;
  }

  @Delete()
  @ApiOperation(purgeOperation)
  async purge(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(FunctionsQuery)) _query: FunctionsQuery,
  ): Promise<PurgeHistoryResult> {
    if (await this.use.purges.one(id, caller.name)) return { instancesDeleted: 1 };
    reply.status(202);
    return { instancesDeleted: 0 };
  }

  @Post('raiseEvent/:eventName')
  @HttpCode(202)
  @ApiOperation(raiseOperation)
  async raise(
    @Req() request: FastifyRequest,
    @Param() { instanceId, eventName }: { instanceId: string; eventName: string },
    @Body() data: Json,
    @Query(validated(FunctionsQuery)) _query: FunctionsQuery,
  ): Promise<void> {
    checkJson(request, 400);
    await this.use.control.raise(instanceId, eventName, data);
  }

  @Post('restart')
  @ApiOperation(restartOperation)
  async restart(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(RestartQuery)) { restartWithNewInstanceId = true, reason }: RestartQuery,
  ): Promise<ManagementLinks> {
    if (restartWithNewInstanceId)
      return this.address.started(request, reply, await this.use.starts.again(id));
    await this.use.control.control(id, controlOf('restart', caller, reason));
    return this.address.started(request, reply, id);
  }

  @Post('terminate')
  @HttpCode(202)
  @ApiOperation(
    controlOperation('End an instance at once', 'What it has started goes on; nothing is undone.'),
  )
  async terminate(
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(ReasonQuery)) { reason }: ReasonQuery,
  ): Promise<void> {
    await this.use.control.control(id, controlOf('terminate', caller, reason));
  }

  @Post('cancel')
  @HttpCode(202)
  @ApiOperation(controlOperation('Cancel an instance', 'Its code is told, and undoes what it has done.'))
  async cancel(
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(ReasonQuery)) { reason }: ReasonQuery,
  ): Promise<void> {
    await this.use.control.control(id, controlOf('cancel', caller, reason));
  }

  @Post('suspend')
  @HttpCode(202)
  @ApiOperation(controlOperation('Suspend an instance', 'What comes is kept until it is resumed.'))
  async suspend(
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(ReasonQuery)) { reason }: ReasonQuery,
  ): Promise<void> {
    await this.use.control.control(id, controlOf('suspend', caller, reason));
  }

  @Post('resume')
  @HttpCode(202)
  @ApiOperation(controlOperation('Resume a suspended instance'))
  async resume(
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(ReasonQuery)) { reason }: ReasonQuery,
  ): Promise<void> {
    await this.use.control.control(id, controlOf('resume', caller, reason));
  }

  @Post('rewind')
  @HttpCode(202)
  @ApiOperation(
    controlOperation(
      'Take a failed instance back to before its failure',
      'What succeeded is not done again.',
    ),
  )
  async rewind(
    @Param('instanceId') id: string,
    @CalledBy() caller: Caller,
    @Query(validated(ReasonQuery)) { reason }: ReasonQuery,
  ): Promise<void> {
    await this.use.control.control(id, controlOf('rewind', caller, reason));
  }
}

const controlOf = (type: Control['type'], { name: by }: Caller, reason?: string): Control => ({
  type,
  by,
  ...(reason !== undefined && { reason }),
});
