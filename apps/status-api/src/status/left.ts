import type { FastifyReply } from 'fastify';

/** Aborts when the connection of an answer is closed before it is written. */
export function whenLeft({ raw }: FastifyReply): AbortSignal {
  const controller = new AbortController();
  if (raw.destroyed) controller.abort();
  // Every answer comes here; to abort is dear.
  else raw.once('close', () => raw.writableFinished || controller.abort());
  return controller.signal;
}
