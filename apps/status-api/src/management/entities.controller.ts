import { MANAGEMENT_PREFIX } from '@countersign/contracts';
import {
  ApiOperation,
  ApiOperations,
  CalledBy,
  type Caller,
  RequireScope,
  validated,
} from '@countersign/service';
import type { Json } from '@countersign/workflow';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Entities, type EntityItem } from './entities';
import { pageHeaders } from './list-instances';
import {
  common,
  deleteEntityOperation,
  listEntitiesOperation,
  operateEntityOperation,
  readEntityOperation,
} from './management.api';
import { EntityListQuery, EntityOperationQuery, FunctionsQuery } from './queries';
import { checkJson } from './request-body';

@Controller(`${MANAGEMENT_PREFIX}/entities/:entityName`)
@RequireScope('system')
@ApiOperations(common)
export class EntitiesController {
  constructor(private readonly entities: Entities) {}

  @Get()
  @ApiOperation(listEntitiesOperation)
  async list(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('entityName') name: string,
    @Query(validated(EntityListQuery)) query: EntityListQuery,
    @Headers('x-ms-continuation-token') continuation?: string,
  ): Promise<readonly EntityItem[]> {
    const { entities, ...page } = await this.entities.list(name, query, continuation);
    reply.headers(pageHeaders(page));
    return entities;
  }

  @Get(':entityKey')
  @ApiOperation(readEntityOperation)
  async read(
    @Res() reply: FastifyReply,
    @Param() { entityName, entityKey }: { entityName: string; entityKey: string },
    @Query(validated(FunctionsQuery)) _query: FunctionsQuery,
  ): Promise<void> {
    const state = await this.entities.read(entityName, entityKey);
    // A state may be a text or a number, which Nest would not send as JSON.
    await reply.header('cache-control', 'no-store').type('application/json').send(JSON.stringify(state));
  }

  @Post(':entityKey')
  @HttpCode(202)
  @ApiOperation(operateEntityOperation)
  async operate(
    @Req() request: FastifyRequest,
    @Param() { entityName, entityKey }: { entityName: string; entityKey: string },
    @Query(validated(EntityOperationQuery)) { op }: EntityOperationQuery,
    @Body() body: Json,
  ): Promise<void> {
    checkJson(request, 400);
    await this.entities.operate(entityName, entityKey, op, body);
  }

  @Delete(':entityKey')
  @HttpCode(202)
  @ApiOperation(deleteEntityOperation)
  async delete(
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param() { entityName, entityKey }: { entityName: string; entityKey: string },
    @CalledBy() caller: Caller,
    @Query(validated(FunctionsQuery)) _query: FunctionsQuery,
  ): Promise<void> {
    if (await this.entities.delete(entityName, entityKey, caller.name)) reply.status(204);
  }
}
