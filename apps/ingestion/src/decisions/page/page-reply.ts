import type { FastifyReply } from 'fastify';
import { PAGE_HEADERS } from './style';

/** Browsers name `text/html`; programs rarely do. */
export const wantsPage = (accept: string | undefined): boolean => /\btext\/html\b/i.test(accept ?? '');

/** Sends a page with the headers that keep its token to itself. */
export function asPage(reply: FastifyReply, status: number, page: string): string {
  reply.status(status).headers(PAGE_HEADERS).type('text/html; charset=utf-8');
  return page;
}
