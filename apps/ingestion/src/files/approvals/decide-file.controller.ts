import { DecisionDetails, processFile } from '@countersign/contracts';
import { ApiOperation, validated } from '@countersign/service';
import { Body, Controller, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../../callers/callers';
import { IngestionConfig } from '../../config';
import { accepted } from '../../http/accepted';
import { JsonOnly } from '../../http/json-only.guard';
import { approveDownload, approveUpload, rejectDownload, rejectUpload } from '../files.api';
import { personOf } from '../person';
import { DecideFile } from './decide-file';
import type { Approval } from './file-fate';

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The two approvals of a file, and their refusals. */
@Controller('api')
@UseGuards(JsonOnly)
export class DecideFileController {
  constructor(
    private readonly decisions: DecideFile,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  @Post('approve/:fileId')
  @ApiOperation(approveUpload)
  approveUpload(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('fileId') fileId: string,
    @Body() body: unknown,
  ) {
    return this.decide(fileId, 'upload', true, body, { request, reply });
  }

  @Post('approve/download/:fileId')
  @ApiOperation(approveDownload)
  approveDownload(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('fileId') fileId: string,
    @Body() body: unknown,
  ) {
    return this.decide(fileId, 'download', true, body, { request, reply });
  }

  @Post('reject/:fileId')
  @ApiOperation(rejectUpload)
  rejectUpload(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('fileId') fileId: string,
    @Body() body: unknown,
  ) {
    return this.decide(fileId, 'upload', false, body, { request, reply });
  }

  @Post('reject/download/:fileId')
  @ApiOperation(rejectDownload)
  rejectDownload(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('fileId') fileId: string,
    @Body() body: unknown,
  ) {
    return this.decide(fileId, 'download', false, body, { request, reply });
  }

  private async decide(
    fileId: string,
    which: Approval,
    approved: boolean,
    body: unknown,
    { request, reply }: Exchange,
  ) {
    const caller = this.callers.identify(request, processFile.name);
    const { by, reason } = await validated(DecisionDetails).transform(body ?? {}, { type: 'body' });
    const person = personOf(caller) ?? { id: 'http', name: by ?? 'Somebody' };
    await this.decisions.run(fileId, which, {
      approved,
      by: person,
      ...(reason !== undefined && { reason }),
    });
    return accepted(reply, this.config, fileId);
  }
}
