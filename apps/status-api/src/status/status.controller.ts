import { statusUri } from '@countersign/contracts';
import { answers, ApiOperation, ApiOperations, Problem, problem, ref } from '@countersign/service';
import { isTerminal } from '@countersign/workflow';
import { Controller, Get, Headers, Param, Query, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { StatusApiConfig } from '../config';
import { Changes } from './changes';
import { whenLeft } from './left';
import { LongPoll } from './long-poll';
import { Pace } from './pace';
import { PollPlaceGuard } from './place.guard';
import { preferredWait } from './preferred-wait';
import { publicStatus } from './public-status';
import { StatusKeyGuard } from './status-key.guard';
import { etagOf, KnownVersions } from './version';

@Controller('api/status')
@UseGuards(StatusKeyGuard, PollPlaceGuard)
@ApiOperations({
  tag: 'Status',
  params: { id: 'Instance id' },
  answers: { 404: problem('There is no such instance'), ...answers.storage },
})
export class StatusController {
  constructor(
    private readonly longPoll: LongPoll,
    private readonly changes: Changes,
    private readonly pace: Pace,
    private readonly config: StatusApiConfig,
  ) {}

  /**
   * 202 with `Location` and `Retry-After` while the instance goes on, 200 once it has ended. With
   * `returnInternalServerErrorOnFailure=true` an end other than Completed is 500: so a poller that
   * knows nothing but codes takes neither a failure nor a termination for success. (The management
   * API has Durable Functions' own rule: 500 for Failed only.)
   */
  @Get(':id')
  @ApiOperation({
    summary: 'How an instance is getting on',
    query: {
      wait: {
        description: 'Seconds to hold the answer until the state changes; more than 60 are cut to 60',
        schema: { type: 'integer', minimum: 0 },
      },
      returnInternalServerErrorOnFailure: {
        description: 'Answer 500 instead of 200 when it was Failed, Terminated or Canceled',
        schema: { type: 'boolean' },
      },
    },
    headers: {
      'if-none-match': 'ETag of the state that the client has: 304 while nothing is newer',
      prefer: '`wait=SECONDS` (RFC 7240), as the parameter of that name',
    },
    answers: {
      200: { description: 'It has ended', body: ref('PublicStatus'), headers: ['ETag'] },
      202: {
        description: 'It goes on: ask again at `Location`, not before `Retry-After`',
        body: ref('PublicStatus'),
        headers: ['ETag', 'Location', 'Retry-After'],
      },
      304: { description: 'Nothing is newer than what the client has', headers: ['ETag'] },
      400: problem('`wait` is not a number of seconds'),
      500: { description: 'It was not Completed (only where asked for)', body: ref('PublicStatus') },
    },
  })
  async status(
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Headers('if-none-match') ifNoneMatch?: string,
    @Headers('prefer') prefer?: string,
    @Query('wait') wait?: string,
    @Query('returnInternalServerErrorOnFailure') errorOnFailure?: string,
  ) {
    const { seconds, applied } = preferredWait(wait, prefer);
    const known = ifNoneMatch === undefined ? undefined : new KnownVersions(ifNoneMatch);
    const view = await this.longPoll.read(id, known, { seconds, left: whenLeft(reply) });
    if (view === undefined) throw new Problem(404, 'Job not found');

    const { status, version } = view;
    const ended = isTerminal(status);
    const failed = ended && status !== 'Completed' && errorOnFailure?.toLowerCase() === 'true';
    reply.headers({ etag: etagOf(version), 'cache-control': 'private, no-cache' });
    // The server is closing and would wait for as long as this client keeps its connection.
    if (this.changes.stopping) reply.header('connection', 'close');
    if (applied !== undefined) reply.header('preference-applied', applied);
    if (!ended) reply.header('retry-after', seconds > 0 ? this.pace.least : this.pace.retryAfter(view));
    // Only what would be a success is conditional (RFC 9110, 13.2.1).
    if (!failed && known?.has(version)) return void reply.status(304);
    if (!ended)
      reply.header('location', statusUri(this.config.publicUrl, id) + sameQuery(wait, errorOnFailure));
    reply.status(failed ? 500 : ended ? 200 : 202);
    return publicStatus(view);
  }
}

/** Who follows `Location` goes on asking what it asked for; a key in the query is not repeated. */
function sameQuery(wait: string | undefined, errorOnFailure: string | undefined): string {
  const query = new URLSearchParams({
    ...(wait !== undefined && { wait }),
    ...(errorOnFailure !== undefined && { returnInternalServerErrorOnFailure: String(errorOnFailure) }),
  });
  return query.size === 0 ? '' : `?${query}`;
}
