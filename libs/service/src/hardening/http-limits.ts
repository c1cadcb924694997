/**
 * What a client may cost a server before anybody looks at what it wants. All of it stands here; where Node or
 * Fastify have a default of their own, it is named.
 */
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, problemDocument } from '../problem';

export const HTTP_LIMITS = {
  /** Largest body in bytes; a route that takes more says so itself (Fastify: 1 MiB). */
  bodyLimit: 256 * 1024,
  /** Milliseconds within which a request must have arrived completely (Node: 5 minutes). */
  requestTimeout: 30_000,
  /** Milliseconds within which its headers must have arrived, also the first byte of a connection (Node: 1 minute). */
  headersTimeout: 30_000,
  /** Milliseconds between two looks for requests that take too long (Node's own). */
  connectionsCheckingInterval: 30_000,
  /** Milliseconds that a connection may be kept between two requests: longer than proxies keep theirs (Fastify's own). */
  keepAliveTimeout: 72_000,
  /** Milliseconds without a byte in either direction: ends who does not take an answer. Longer than the longest poll (none). */
  connectionTimeout: 120_000,
  /** Bytes of all headers together: beyond it 431 (Node's own). */
  maxHeaderSize: 16 * 1024,
  /** Longest path parameter: an approval token that names an instance of 256 four-byte characters (Fastify: 100). */
  maxParamLength: 4096,
} as const;

export type HttpLimits = { readonly [name in keyof typeof HTTP_LIMITS]: number };

/** The limits as options of Fastify; answers to requests that get no further are problems, too. */
export const limitedServer = (limits: HttpLimits) => ({
  bodyLimit: limits.bodyLimit,
  requestTimeout: limits.requestTimeout,
  connectionTimeout: limits.connectionTimeout,
  keepAliveTimeout: limits.keepAliveTimeout,
  http: {
    headersTimeout: limits.headersTimeout, // Node takes the longer of the two time-outs for the body.
    connectionsCheckingInterval: limits.connectionsCheckingInterval,
    maxHeaderSize: limits.maxHeaderSize,
  },
  frameworkErrors: refuseAddress,
  clientErrorHandler: refuseConnection,
});

/** What Fastify refuses before it looks for a route does not get to Nest's filters. */
function refuseAddress(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const problem = new Problem(400, 'The address of this request is malformed.');
  void reply
    .code(problem.getStatus())
    .type('application/problem+json')
    .send(problemDocument(problem, request.url));
}

const REFUSALS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of the chunks are too large.'],
};

/** What is no HTTP, or too slow, or too large to be read: it gets an answer if it can still be written, and no more. */
function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, detail] = REFUSALS[error.code ?? ''] ?? [400, 'This is not HTTP.'];
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail });
  if (socket.writable)
    socket.write(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Content-Type: application/problem+json',
        'Connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  socket.destroy(error);
}
