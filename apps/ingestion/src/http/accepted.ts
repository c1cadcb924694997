import { statusUri } from '@countersign/contracts';
import type { FastifyReply } from 'fastify';
import type { IngestionConfig } from '../config';

/** Answers 202: the input is stored, the client polls where `Location` says. */
export function accepted(
  reply: FastifyReply,
  { publicUrl, retryAfterSeconds }: Pick<IngestionConfig, 'publicUrl' | 'retryAfterSeconds'>,
  id: string,
): { id: string; statusUri: string } {
  const uri = statusUri(publicUrl, id);
  reply.status(202).headers({ location: uri, 'retry-after': retryAfterSeconds });
  return { id, statusUri: uri };
}
