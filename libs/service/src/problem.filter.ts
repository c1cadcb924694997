import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { pathOf, Problem, problemDocument, toProblem } from './problem';

/** Answers every error, Fastify's own included, as `application/problem+json`; logs those of our making. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly http: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const response = host.switchToHttp().getResponse<object>();
    const problem = isUnknownRoute(error)
      ? new Problem(404, `There is no ${request.method} ${pathOf(request.url)} here.`)
      : toProblem(error);
    const status = problem.getStatus();
    // The route's pattern, not its path: a path may hold a token.
    if (status >= 500)
      this.logger.error(`${request.method} ${request.routeOptions.url ?? 'unknown route'} failed`, {
        status,
        err: problem.cause ?? problem,
      });
    if (!this.http.httpAdapter.isHeadersSent(response)) this.send(problem, request, response);
  }

  /** Writes the answer; where people look, a subclass shows a page instead. */
  protected send(problem: Problem, request: FastifyRequest, response: object): void {
    const adapter = this.http.httpAdapter;
    for (const [name, value] of Object.entries(problem.more.headers ?? {}))
      adapter.setHeader(response, name, value);
    adapter.setHeader(response, 'content-type', 'application/problem+json');
    adapter.reply(response, problemDocument(problem, request.url), problem.getStatus());
  }
}

/** Nest's own 404 repeats the whole address, query and its keys included. */
function isUnknownRoute(error: unknown): boolean {
  return error instanceof NotFoundException && error.message.startsWith('Cannot ');
}
