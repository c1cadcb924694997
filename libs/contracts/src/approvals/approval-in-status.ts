/** How an approval stands is said in the custom status of its instance, or in the field `approval` of one with several stages. */
import type { Json } from '@countersign/workflow';
import type { ApprovalStatus } from './approval';

/** Those that wait, or waited, on a token. */
export function approvalsIn(customStatus: Json | undefined): readonly ApprovalStatus[] {
  return [customStatus, isObject(customStatus) ? customStatus['approval'] : undefined].filter(isApproval);
}

/** A custom status for everybody: who decides has the token, and nobody else can do anything with its hash. */
export function withoutTokenHashes(customStatus: Json): Json {
  if (!isObject(customStatus)) return customStatus;
  const { approval } = customStatus;
  const { tokenHash, ...rest } = customStatus;
  const shown = isApproval(customStatus) ? rest : customStatus;
  return isApproval(approval) ? { ...shown, approval: withoutTokenHashes(approval) } : shown;
}

type JsonObject = { readonly [name: string]: Json | undefined };

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const isApproval = (json: Json | undefined): json is JsonObject & ApprovalStatus =>
  isObject(json) && 'stage' in json && 'tokenHash' in json;
