import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validate, type ValidatorOptions } from 'class-validator';
import { fieldErrors } from './field-errors';
import { Problem } from './problem';

const OPTIONS: ValidatorOptions = {
  whitelist: true,
  forbidNonWhitelisted: true,
  forbidUnknownValues: true,
  validationError: { target: false },
};

/** Says which class it checks, for the document of the HTTP API. */
export interface ValidatedPipe<T extends object> extends PipeTransform<unknown, Promise<T>> {
  readonly dto: new () => T;
}

/**
 * A pipe that lets only a valid `Dto` through: `@Body(validated(StartRequest)) body: StartRequest`.
 * Unknown fields and wrong types are refused (a number is not made of a text); every invalid field
 * is named by its path.
 *
 * @throws Problem 400 with `errors`
 */
export function validated<T extends object>(dto: new () => T): ValidatedPipe<T> {
  return {
    dto,
    async transform(value: unknown, { type }: ArgumentMetadata): Promise<T> {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Problem(400, `The ${type} must be a JSON object.`);
      const instance = shaped(dto, value);
      const errors = fieldErrors(await validate(instance, OPTIONS));
      if (errors.length === 0) return instance;
      const fields = errors.map(({ field, message }) => `${field} ${message}`).join('; ');
      throw new Problem(400, `The ${type} is not valid: ${fields}.`, { errors });
    },
  };
}

function shaped<T extends object>(dto: new () => T, value: object): T {
  try {
    return plainToInstance(dto, value);
  } catch (cause) {
    // class-transformer recurses; JSON.parse does not mind how deep a body is nested.
    if (cause instanceof RangeError) throw new Problem(400, 'The body is nested too deeply.', { cause });
    throw cause;
  }
}
