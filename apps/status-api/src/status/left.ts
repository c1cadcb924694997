import type { FastifyReply } from 'fastify';

/** Aborts when the connection of an answer is closed before, or once, it is written. */
export function whenLeft({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (raw.destroyed) controller.abort();
  else raw.once('close', () => controller.abort());
  return controller.signal;
}
