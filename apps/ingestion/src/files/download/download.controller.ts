import { processFile } from '@countersign/contracts';
import { ApiOperation } from '@countersign/service';
import { Controller, Get, Header, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Callers } from '../../callers/callers';
import { downloadFile } from '../files.api';
import { type Download, DownloadFile } from './download-file';

/** Who may follow a file may not have it: this needs a key, as the upload does. */
@Controller('api/download')
export class DownloadController {
  constructor(
    private readonly downloads: DownloadFile,
    private readonly callers: Callers,
  ) {}

  @Get(':fileId')
  @Header('cache-control', 'no-store')
  @ApiOperation(downloadFile)
  download(@Req() request: FastifyRequest, @Param('fileId') fileId: string): Promise<Download> {
    this.callers.identify(request, processFile.name);
    return this.downloads.run(fileId);
  }
}
