/** What an `Idempotency-Key` turns into (draft-ietf-httpapi-idempotency-key-header). */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { Json } from '@countersign/workflow';
import { stringify } from 'safe-stable-stringify';

/** Longest key in characters. */
const MAX_IDEMPOTENCY_KEY = 255;

/** An id that nobody can guess: 122 random bits. It is all that protects a status URL. */
export const randomInstanceId = (): string => randomUUID().replaceAll('-', '');

/**
 * The instance id of a start that carries a key. Keyed with a secret of the server, so that nobody can
 * guess it, and bound to caller and workflow, so that two callers who choose one key never meet.
 */
export function keyedInstanceId(
  secret: string,
  request: { caller: string; workflow: string; key: string },
): string {
  const parts = JSON.stringify([request.caller, request.workflow, request.key]);
  return createHmac('sha256', secret).update(parts).digest('hex').slice(0, 32);
}

/** Equal for requests that mean the same, whatever the order of their fields. */
export function requestDigest(workflow: string, input: Json): string {
  return createHash('sha256')
    .update(stringify([workflow, input]))
    .digest('hex');
}

/** The key in the header: a quoted string by the draft; a bare one is what most clients send. */
export function readIdempotencyKey(header: string): { key: string } | { problem: string } {
  const key = /^"(.*)"$/s.exec(header.trim())?.[1] ?? header.trim();
  return key.length >= 1 && key.length <= MAX_IDEMPOTENCY_KEY
    ? { key }
    : { problem: `Idempotency-Key must have 1 to ${MAX_IDEMPOTENCY_KEY} characters` };
}
