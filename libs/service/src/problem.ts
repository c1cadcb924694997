import { STATUS_CODES } from 'node:http';
import { CodedError } from '@countersign/workflow';
import { HttpException } from '@nestjs/common';
import type { FieldError } from './field-errors';

/** Seconds after which a client may try again when JetStream, or a storage account, cannot be reached. */
const STORAGE_RETRY_AFTER = 5;
const UNAVAILABLE = new Set(['StorageUnavailable', 'BlobUnavailable', 'TableUnavailable']);

/** An error answer as RFC 9457 has it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Path of the request, without its query (which may carry a key). */
  readonly instance: string;
  readonly errors?: readonly FieldError[];
  readonly [extension: string]: unknown;
}

export interface ProblemOptions {
  readonly title?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the document (RFC 9457, 3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An answer other than success, thrown where it is found out: `throw new Problem(410, 'This approval expired.')`. */
export class Problem extends HttpException {
  constructor(
    status: number,
    readonly detail: string,
    readonly more: ProblemOptions = {},
  ) {
    super(detail, status, more.cause === undefined ? undefined : { cause: more.cause });
  }
}

/** Turns anything thrown into a {@link Problem}. What the client did not cause is not explained to it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException && error.getStatus() < 500)
    return new Problem(error.getStatus(), error.message, { cause: error.cause });
  if (error instanceof CodedError && UNAVAILABLE.has(error.code))
    return new Problem(503, 'Nothing was stored. Try again shortly.', {
      headers: { 'retry-after': String(STORAGE_RETRY_AFTER) },
      cause: error,
    });
  return new Problem(500, 'Something went wrong on our side. It was logged.', { cause: error });
}

export function problemDocument(problem: Problem, url: string): ProblemDocument {
  const status = problem.getStatus();
  const { title = STATUS_CODES[status] ?? 'Error', errors, extensions } = problem.more;
  return {
    ...extensions,
    type: 'about:blank',
    title,
    status,
    detail: problem.detail,
    instance: pathOf(url),
    ...(errors ? { errors } : {}),
  };
}

/** Address without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
