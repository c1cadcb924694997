/** JSON that an operator writes into a file or a setting. What is wrong with it is said as a phrase, for `WatchedFile`. */
import { CodedError } from '@countersign/workflow';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { fieldErrors } from './field-errors';

interface JsonKind {
  /** Of the errors: `RulesInvalid`. */
  readonly code: string;
  /** Whether it holds secrets, or somebody may have put one into it: nothing of the text is repeated then. */
  readonly secret?: boolean;
}

/** @throws CodedError where the text is no JSON object */
export function jsonObjectIn(text: string, { code, secret = false }: JsonKind): Record<string, unknown> {
  const content = parsed(text, { code, secret });
  if (typeof content === 'object' && content !== null && !Array.isArray(content))
    return content as Record<string, unknown>;
  throw new CodedError(code, 'it is not a JSON object');
}

/** @throws CodedError that names every field of the content that is wrong, or not known; never its value */
export function asShape<T extends object>(Shape: new () => T, content: object, { code }: JsonKind): T {
  const shaped = plainToInstance(Shape, content);
  const errors = fieldErrors(validateSync(shaped, { whitelist: true, forbidNonWhitelisted: true }));
  if (errors.length === 0) return shaped;
  throw new CodedError(code, errors.map(({ field, message }) => `${field} ${message}`).join('; '));
}

function parsed(text: string, { code, secret }: Required<JsonKind>): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    // The parser quotes the text: only the place is taken from it.
    const place = /\(line \d+ column \d+\)/.exec(message)?.[0];
    const told = secret ? ['it is not JSON', place].filter(Boolean).join(' ') : `it is not JSON: ${message}`;
    throw new CodedError(code, told);
  }
}
