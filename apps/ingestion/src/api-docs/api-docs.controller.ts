import { NotInApi, Problem } from '@countersign/service';
import { Controller, Get, Param, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IngestionConfig } from '../config';
import { ASSETS } from './assets';
import { PAGE, PAGE_HEADERS } from './page';

/** The document of the HTTP API and a page to browse it: the same in every replica, whichever service has a route. */
@Controller('api/docs')
export class ApiDocsController {
  constructor(private readonly config: IngestionConfig) {}

  @Get()
  @NotInApi('shows the document')
  page(@Res({ passthrough: true }) reply: FastifyReply): string {
    reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8');
    return PAGE;
  }

  /** What `npm run documents` wrote, with the address of this deployment. */
  @Get('openapi.json')
  @NotInApi('is the document')
  async document(@Res({ passthrough: true }) reply: FastifyReply) {
    const { default: document } = await import('@countersign/openapi');
    reply.header('cache-control', 'no-cache');
    return { ...document, servers: [{ url: this.config.publicUrl }] };
  }

  @Get(':asset')
  @NotInApi('belongs to the page')
  async asset(
    @Param('asset') name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const asset = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (asset === undefined) throw new Problem(404, 'The page has no such part.');
    reply.header('cache-control', 'public, max-age=3600');
    reply.type(asset.type);
    return asset.read();
  }
}
