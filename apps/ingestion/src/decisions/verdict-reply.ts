import { answerOf, type Verdict } from '@countersign/decisions';
import { Problem } from '@countersign/service';
import type { FastifyReply } from 'fastify';
import type { IngestionConfig } from '../config';
import { accepted } from '../http/accepted';

/**
 * Answers a verdict as JSON: 202 with where to follow the instance.
 *
 * @throws Problem 403, 404, 409, 410 or 422 with `code`, and who decided and when, or why the click was refused
 */
export function verdictReply(reply: FastifyReply, config: IngestionConfig, verdict: Verdict) {
  if (verdict.kind === 'decided' || verdict.kind === 'counted' || verdict.kind === 'stored')
    return accepted(reply, config, verdict.id);
  const { status, title, text, code } = answerOf(verdict);
  const errors = status === 422 ? { errors: [{ field: 'reason', message: 'is missing' }] } : {};
  throw new Problem(status, text, { title, extensions: { code, ...facts(verdict) }, ...errors });
}

function facts(verdict: Verdict): Record<string, unknown> {
  if (verdict.kind === 'expired') return { expiredAt: verdict.at };
  if (verdict.kind === 'refused') return { refused: verdict.refused };
  if (verdict.kind !== 'used') return {};
  const { action, by, at } = verdict;
  return { decision: { action, by, at } };
}
