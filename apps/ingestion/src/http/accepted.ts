import { operationUri, retryAfterOf, statusUri } from '@countersign/contracts';
import type { FastifyReply } from 'fastify';
import type { IngestionConfig } from '../config';

/** Body of a 202. */
export interface Accepted {
  readonly id: string;
  /** Where to ask how it is getting on; the same as `Location`. */
  readonly statusUri: string;
}

/** Answers 202: the input is stored, the client polls where `Location` says. */
export function accepted(
  reply: FastifyReply,
  { publicUrl, retryAfterSeconds }: Pick<IngestionConfig, 'publicUrl' | 'retryAfterSeconds'>,
  id: string,
): Accepted {
  const uri = statusUri(publicUrl, id);
  reply.status(202).headers({ location: uri, 'retry-after': retryAfterSeconds });
  return { id, statusUri: uri };
}

/**
 * Answers 202 to what started an instance: also says where its operation is (Azure REST API guidelines), and how
 * often its workflow wants to be asked.
 */
export function started(
  reply: FastifyReply,
  { publicUrl, retryAfterSeconds }: Pick<IngestionConfig, 'publicUrl' | 'retryAfterSeconds'>,
  id: string,
  workflow: string,
): Accepted {
  reply.header('operation-location', operationUri(publicUrl, id));
  const seconds = retryAfterOf(workflow) ?? retryAfterSeconds;
  return accepted(reply, { publicUrl, retryAfterSeconds: seconds }, id);
}
