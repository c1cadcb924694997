import { Type } from 'class-transformer';
import { ValidateBy, ValidateNested } from 'class-validator';
import type { Dto } from './define';

/** The field holds a DTO of its own. By itself, class-validator lets a missing one pass, and a list of them. */
export const Nested = (type: () => Dto<object>): PropertyDecorator =>
  all(ValidateNested(), Type(type), Holds('isOne', 'must be an object', isOne));

/** The field holds a list of DTOs. */
export const NestedList = (type: () => Dto<object>): PropertyDecorator =>
  all(ValidateNested({ each: true }), Type(type), Holds('isList', 'must be an array', Array.isArray));

/** The schema of the field is that of its type, so this adds nothing to it. */
const Holds = (name: string, message: string, validate: (value: unknown) => boolean): PropertyDecorator =>
  ValidateBy({ name, constraints: [{}], validator: { validate, defaultMessage: () => message } });

const isOne = (value: unknown): boolean => value !== undefined && !Array.isArray(value);

const all =
  (...decorators: PropertyDecorator[]): PropertyDecorator =>
  (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };
