import { CodedError } from './errors';

/** A value that JSON can carry. Everything that enters or leaves a workflow is one. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Largest single value (argument, result, custom status, event data) in bytes of its JSON. */
export const MAX_VALUE_BYTES = 256 * 1024;

/** Deepest nesting of a value; deeper ones would overflow the stack of who reads them. */
const MAX_DEPTH = 200;

const utf8 = new TextEncoder();

/**
 * The JSON text of a value.
 *
 * @param what names the value in the error: `input of slack.postApproval`.
 * @throws CodedError `NotJson` for anything that JSON would drop or change without a word (functions, dates, errors,
 *   promises, `NaN`, `undefined` in arrays, operations that were not performed, whatever has a `toJSON`), `ValueTooLarge` above {@link MAX_VALUE_BYTES}.
 */
export function toJsonText(value: unknown, what: string): string {
  const problem = jsonProblem(value, what, 0);
  if (problem !== undefined) throw new CodedError('NotJson', problem);
  const text = JSON.stringify(value ?? null);
  const bytes = byteLength(text);
  if (bytes > MAX_VALUE_BYTES) {
    throw new CodedError(
      'ValueTooLarge',
      `${what} has ${bytes} bytes of JSON; at most ${MAX_VALUE_BYTES} are allowed: pass a reference instead`,
    );
  }
  return text;
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return utf8.encode(text).length;
}

function jsonProblem(value: unknown, path: string, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'undefined':
      return depth === 0 ? undefined : `${path} is undefined`;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path} is ${value}, which JSON cannot carry`;
    case 'object':
      return value === null ? undefined : objectProblem(value, path, depth);
    default:
      return `${path} is a ${typeof value}, which JSON cannot carry`;
  }
}

function objectProblem(value: object, path: string, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `${path} is nested too deeply or refers to itself`;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const problem = jsonProblem(value[i], `${path}[${i}]`, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  if (Symbol.iterator in value) return `${path} is an operation or a collection; yield* or convert it first`;
  if (Object.prototype.toString.call(value) !== '[object Object]' || 'toJSON' in value) {
    return `${path} is a ${value.constructor?.name ?? 'special object'}, which JSON would change; convert it first`;
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const problem = jsonProblem(member, `${path}.${key}`, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
