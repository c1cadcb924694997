import type { Json } from '@countersign/workflow';
import type { ApprovalRule } from './rules-file';

/**
 * Whether a rule is about a start. Each label of `when` is that of a fact (`facts`, `subject.facts`), or the
 * path of a field of the input (`track`, `speaker.country`), in any case; a label that names nothing matches
 * nothing, so a rule for all starts has no `when`.
 */
export function matches({ workflow, when }: ApprovalRule, started: string, input: Json): boolean {
  if (workflow !== undefined && workflow !== started) return false;
  return when.every(([label, pattern]) => valuesOf(input, label).some((value) => pattern.test(value)));
}

/** Every value that goes by that label. */
function valuesOf(input: Json, label: string): string[] {
  const facts = [at(input, ['facts']), at(input, ['subject', 'facts'])].flat();
  const told = facts.filter((fact) => same(at(fact, ['label']), label)).map((fact) => at(fact, ['value']));
  return [...told, at(input, label.split('.'))]
    .filter((value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    .map(String);
}

function at(value: Json | undefined, [name, ...path]: readonly string[]): Json | undefined {
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const found = Object.entries(value).find(([field]) => same(field, name));
  return at(found?.[1], path);
}

const same = (left: Json | undefined, right: string): boolean =>
  typeof left === 'string' && left.toLowerCase() === right.toLowerCase();
