import { operationUri, processFile, statusUri } from '@countersign/contracts';
import { ApiOperation, Problem, StreamedBody } from '@countersign/service';
import { Controller, Headers, type OnModuleDestroy, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Callers } from '../../callers/callers';
import { IngestionConfig } from '../../config';
import { addFile } from '../files.api';
import { personOf } from '../person';
import { received } from './received';
import { sentFile } from './sent-file';
import { UploadFile } from './upload-file';

/** Milliseconds for which a client may send nothing. */
const SILENCE = 30_000;

/** Milliseconds that an upload which is under way may still take when the service is told to go. */
const LAST_BYTES = 10_000;

/** Takes files. */
@Controller('api/file')
export class UploadController implements OnModuleDestroy {
  private readonly over = new AbortController();

  constructor(
    private readonly uploads: UploadFile,
    private readonly callers: Callers,
    private readonly config: IngestionConfig,
  ) {}

  onModuleDestroy(): void {
    setTimeout(() => this.over.abort(), LAST_BYTES).unref();
  }

  @Post('add')
  @StreamedBody()
  @ApiOperation(addFile)
  async add(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('name') name?: unknown,
    @Query('approvalSeconds') approvalSeconds?: unknown,
    @Query('approval') approval?: unknown,
    @Headers('idempotency-key') idempotencyKey?: string,
  ) {
    const { raw } = request;
    const caller = this.callers.identify(request, processFile.name);
    const patience = { silence: SILENCE, total: this.config.uploadSeconds * 1000, over: this.over.signal };
    const approvals = readApprovals(approvalSeconds, approval);
    const file = await sentFile(raw.headers, name, received(raw, patience));
    const uploadedBy = personOf(caller)?.id;
    const fileId = await this.uploads.run({ file, caller: caller.id, uploadedBy, approvals, idempotencyKey });
    const { publicUrl } = this.config;
    const uri = statusUri(publicUrl, fileId);
    reply.headers({ location: uri, 'operation-location': operationUri(publicUrl, fileId) });
    return { fileId, statusUri: uri };
  }
}

/** What the query says of the approvals; checked with the rest of the workflow's input. */
function readApprovals(seconds: unknown, approval: unknown): Record<string, unknown> {
  const number = typeof seconds === 'string' && /^\d{1,9}$/.test(seconds) ? Number(seconds) : seconds;
  return {
    ...(seconds !== undefined && { approvalSeconds: number }),
    ...(approval !== undefined && { approval: readJson(approval) }),
  };
}

function readJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (cause) {
    throw new Problem(400, 'The approval in the query is not JSON.', {
      errors: [{ field: 'approval', message: 'is not JSON' }],
      cause,
    });
  }
}
