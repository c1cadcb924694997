import type { ValidationError } from 'class-validator';

/** One thing that is wrong with one field, for the person who sent it. */
export interface FieldError {
  /** Path of the field: `subject.facts.0.label`. */
  readonly field: string;
  /** Reads on from the field's name: `must be a string`. */
  readonly message: string;
}

const OWN_WORDS: Readonly<Record<string, string>> = {
  whitelistValidation: 'is not known',
  nestedValidation: 'must be an object',
};

/** What class-validator found, one entry per field, nested fields by their path. Values are never repeated. */
export function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = parent + error.property;
    const own = error.constraints ? [{ field, message: messageOf(error) }] : [];
    return [...own, ...fieldErrors(error.children ?? [], `${field}.`)];
  });
}

function messageOf({ property, value, constraints = {} }: ValidationError): string {
  if (value === undefined && !('whitelistValidation' in constraints)) return 'is missing';
  return Object.entries(constraints)
    .reverse() // decorators run from the bottom up; people read them from the top down
    .map(([name, text]) => OWN_WORDS[name] ?? text.replace(`${property} `, ''))
    .join(', ');
}
