import { Problem } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/**
 * Takes bodies as Durable Functions does: an empty one is none, whatever its type is said to be, and
 * one that is not JSON is only refused where a body is wanted.
 */
@Injectable()
export class LenientBodies {
  constructor({ httpAdapter }: HttpAdapterHost) {
    const server = httpAdapter.getInstance<FastifyInstance>();
    server.addHook('onRequest', async ({ headers }) => {
      if (headers['content-length'] === '0') delete headers['content-type'];
    });
    server.addContentTypeParser('*', { parseAs: 'string' }, (_request, _body, done) => done(null, undefined));
  }
}

/**
 * Refuses a body that was not sent as JSON; a form would pass for an object.
 *
 * @param status 400 where Durable Functions says so
 */
export function checkJson({ headers }: FastifyRequest, status: 400 | 415): void {
  const type = headers['content-type'];
  if (type === undefined ? status === 415 : /^application\/json\b/i.test(type)) return;
  throw new Problem(status, `Send the body as application/json; it came as ${type ?? 'nothing'}.`);
}
