import type { Socket } from 'node:net';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly streamedBody?: true;
  }
}

/** Goes to the parser that reads nothing, whatever the client said that it sends. */
const UNPARSED = 'application/x-unparsed';

/**
 * A handler that reads the body itself, from `request.raw`, whatever its type and size: nothing of it is
 * parsed, limited or held in memory. It may take its time, so the handler has to watch that, too.
 */
export const StreamedBody = () => RouteConfig({ streamedBody: true });

const isStreamed = ({ routeOptions }: FastifyRequest): boolean => routeOptions.config.streamedBody === true;

/**
 * Makes a server know routes with a {@link StreamedBody}. The others stay as they are.
 *
 * @param bound milliseconds for which what is left of a refused body is read off
 */
export function streamBodies(server: FastifyInstance, bound: number): void {
  const streaming = new WeakSet<Socket>();
  server.addContentTypeParser(UNPARSED, (_request, _payload, done) => done(null));
  server.addHook('onRequest', async (request) => {
    if (!isStreamed(request)) return;
    // For Fastify; `request.raw.headers` has what the client sent.
    request.headers = { 'content-type': UNPARSED };
    streaming.add(request.raw.socket);
  });
  server.addHook('onResponse', async (request) => void streaming.delete(request.raw.socket));
  server.addHook('onSend', async (request) => {
    if (!isStreamed(request) || request.raw.complete) return;
    const leave = setTimeout(() => request.raw.socket.destroy(), bound).unref();
    request.raw.once('close', () => clearTimeout(leave));
  });
  exempt(server, streaming);
}

/** Node has one time-out of requests for all routes, and asks what to do with who exceeds it. */
function exempt({ server }: FastifyInstance, streaming: WeakSet<Socket>): void {
  const refusals = server.listeners('clientError');
  server.removeAllListeners('clientError');
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && streaming.has(socket)) return;
    for (const refuse of refusals) Reflect.apply(refuse, server, [error, socket]);
  });
}

/**
 * A refused body is still read off. Closing the connection instead resets it while the client
 * writes, and the client, or the proxy between, never sees the answer.
 */
export const readRefusedBody = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
  if (request.raw.complete || reply.statusCode < 400) return;
  request.raw.resume();
  reply.removeHeader('connection');
};
