import type { Dto } from '@countersign/contracts';
import { TerminalError, type Json } from '@countersign/workflow';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';

/**
 * The DTO that a task's input is.
 * @throws TerminalError `InvalidInput` that names each field: no attempt can make it better.
 */
export async function validInput<T extends object>(dto: Dto<T>, input: Json): Promise<T> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new TerminalError('InvalidInput', 'The input must be an object');
  }
  const instance = plainToInstance(dto, input);
  const errors = await validate(instance, { whitelist: true, forbidUnknownValues: false });
  if (errors.length === 0) return instance;
  const problems = errors.flatMap((error) => problemsOf(error));
  throw new TerminalError('InvalidInput', `The input is not valid: ${problems.join('; ')}`, {
    details: problems,
  });
}

/** One sentence per constraint, with the path of its field: `subject.facts.0.label must be a string`. */
function problemsOf({ property, constraints, children }: ValidationError, parent = ''): string[] {
  return [
    ...Object.values(constraints ?? {}).map((text) => parent + text),
    ...(children ?? []).flatMap((child) => problemsOf(child, `${parent}${property}.`)),
  ];
}
