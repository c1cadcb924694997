import { answerOf, type Verdict } from '@countersign/decisions';
import { Problem } from '@countersign/service';
import type { FastifyReply } from 'fastify';
import type { IngestionConfig } from '../config';
import { accepted } from '../http/accepted';

/**
 * Answers a verdict as JSON: 202 with where to follow the instance.
 *
 * @throws Problem 404, 409 or 410 with `code`, and who decided and when
 */
export function verdictReply(reply: FastifyReply, config: IngestionConfig, verdict: Verdict) {
  if (verdict.kind === 'decided' || verdict.kind === 'stored') return accepted(reply, config, verdict.id);
  const { status, title, text, code } = answerOf(verdict);
  throw new Problem(status, text, { title, extensions: { code, ...facts(verdict) } });
}

function facts(verdict: Verdict): Record<string, unknown> {
  if (verdict.kind === 'expired') return { expiredAt: verdict.at };
  if (verdict.kind !== 'used') return {};
  const { action, by, at } = verdict;
  return { decision: { action, by, at } };
}
