import type { Schema } from '@countersign/service';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { validationMetadatasToSchemas } from 'class-validator-jsonschema';

/**
 * The JSON Schemas of every class that class-validator knows at this moment, by class name.
 *
 * A validator of our own says what it accepts in its `constraints`:
 * `ValidateBy({ name: 'isTaskId', constraints: [schema], validator })`. Without that only the
 * declared type of its property is known.
 */
export function validatedClasses(refPrefix: string): Readonly<Record<string, Schema>> {
  return validationMetadatasToSchemas({
    classTransformerMetadataStorage: defaultMetadataStorage,
    refPointerPrefix: refPrefix,
    additionalConverters: {
      // Whoever does not look at formats takes a text for both.
      isIso8601: { type: 'string', anyOf: [{ format: 'date' }, { format: 'date-time' }] },
      customValidation: ({ constraints }) => (isSchema(constraints?.[0]) ? constraints[0] : {}),
    },
  }) as Readonly<Record<string, Schema>>;
}

type ClassSchema = ReturnType<typeof validationMetadatasToSchemas>[string];

const isSchema = (value: unknown): value is ClassSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
