import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** Milliseconds for which clients that keep a connection may still send their last request on it. */
const LINGER = 1_000;
const POLL = 50;
/** Milliseconds after which a shutdown no longer waits for requests: slow uploads, clients that take no answer. */
const REQUESTS_BOUND = 15_000;

/**
 * How an HTTP server goes without a client's noticing: each answer from now on is the last one of its connection and
 * says so (RFC 9112, section 9.6); a connection that is closed while it is idle may lose a request that is just on
 * its way, so the busy ones get the time to hear it.
 */
export class HttpDrain {
  private readonly server: Server;
  private readonly connections = new Set<Socket>();
  private begun = false;

  /** Call it before the server listens. */
  constructor(instance: FastifyInstance) {
    this.server = instance.server;
    this.server.on('connection', (socket: Socket) => {
      this.connections.add(socket);
      socket.once('close', () => this.connections.delete(socket));
    });
    instance.addHook('onSend', async (request, reply) => {
      // Who still sends a body would not see the answer.
      if (this.begun && request.raw.complete) reply.header('connection', 'close');
    });
  }

  /**
   * Begins. New connections are still taken: somebody may not have heard yet that this service goes.
   * Resolves when no connection is left, or after a moment: close the server then.
   */
  async begin(): Promise<void> {
    this.begun = true;
    const deadline = performance.now() + LINGER;
    while (this.connections.size > 0 && performance.now() < deadline) await pause(POLL);
    setInterval(() => this.closeIdle(), POLL).unref();
    setTimeout(() => this.server.closeAllConnections(), REQUESTS_BOUND - LINGER).unref();
  }

  /** `Server.close` looks for them only once, and never takes a connection for idle on which nothing came yet. */
  private closeIdle(): void {
    this.server.closeIdleConnections();
    for (const socket of this.connections) if (socket.bytesRead === 0) socket.destroy();
  }
}
