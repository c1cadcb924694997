import { STATUS_CODES } from 'node:http';
import { type Problem, ProblemFilter } from '@countersign/service';
import { Catch } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemPage } from './approval-page';
import { asPage, wantsPage } from './page-reply';

/** Shows people what went wrong as a page; programs get the usual problem document. */
@Catch()
export class PageFilter extends ProblemFilter {
  protected override send(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
    if (request.method === 'POST' && !wantsPage(request.headers.accept))
      return super.send(problem, request, reply);
    const status = problem.getStatus();
    const title = problem.more.title ?? STATUS_CODES[status] ?? 'Error';
    const page = asPage(reply, status, problemPage(title, problem.detail));
    void reply.headers(problem.more.headers ?? {}).send(page);
  }
}
