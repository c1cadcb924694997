import { Readable } from 'node:stream';
import { answers, ApiOperation, Problem, problem } from '@countersign/service';
import { Controller, Get, Headers, Param, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventStreams } from './event-stream';
import { whenLeft } from './left';
import { PlaceGuard } from './place.guard';
import { StatusKeyGuard } from './status-key.guard';
import { parseVersion } from './version';

@Controller('api/status')
@UseGuards(StatusKeyGuard, PlaceGuard)
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  /** Nest's own `@Sse` knows no back-pressure: it buffers what a slow client has not taken yet. */
  @Get(':id/events')
  @ApiOperation({
    tag: 'Status',
    summary: 'The states of an instance as server-sent events',
    description:
      'The current state at once, then one event for each change of the state or the progress. A client ' +
      'that comes back with `Last-Event-ID` gets what was stored since. An event of type `end` follows the ' +
      'last state: close the source then.',
    params: { id: 'Instance id' },
    headers: { 'last-event-id': 'Id of the last event that the client has seen' },
    answers: {
      200: { description: 'Events; the data are those of the status', type: 'text/event-stream' },
      204: { description: 'The client has seen the last state: do not connect again' },
      404: problem('There is no such instance'),
      ...answers.storage,
    },
  })
  async events(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastEventId?: string,
  ): Promise<void> {
    const stream = await this.streams.open(id, parseVersion(lastEventId), whenLeft(reply));
    if (stream === undefined) throw new Problem(404, 'Job not found');
    if (stream === 'over') return void reply.status(204).send();
    // X-Accel-Buffering: nginx would collect events before it passes them on.
    // A stream that ends because the service stops must not leave a connection to wait for.
    const headers = { 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' };
    reply.headers(headers).type('text/event-stream');
    if (request.method === 'HEAD') return void reply.send();
    reply.send(Readable.from(stream, { objectMode: false, highWaterMark: 1 }));
  }
}
