/** What makes a document wrong, as sentences; none when it is right. */
import type { Json } from '@countersign/workflow';
import asyncApiSchema from '@asyncapi/specs/schemas/3.0.0-without-$id.json' with { type: 'json' };
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';

export async function openApiProblems(document: Json): Promise<string[]> {
  const { valid, errors } = await new Validator().validate(document as Readonly<Record<string, Json>>);
  if (!valid)
    return typeof errors === 'string' ? [errors] : (errors ?? []).map((error) => JSON.stringify(error));
  return danglingReferences(document);
}

export function asyncApiProblems(document: Json): string[] {
  const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
  if (ajv.validate(asyncApiSchema, document)) return danglingReferences(document);
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** References within the document that lead nowhere. */
export function danglingReferences(document: Json): string[] {
  return [...new Set(referencesIn(document))]
    .filter((reference) => resolve(document, reference) === undefined)
    .map((reference) => `${reference} leads nowhere`);
}

function referencesIn(part: Json | undefined): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : referencesIn(value),
  );
}

/** What a JSON Pointer in a fragment (RFC 6901, 6) leads to. */
function resolve(document: Json, reference: string): Json | undefined {
  const path = reference.replace(/^#\//, '').split('/');
  return path.reduce<Json | undefined>((part, segment) => {
    if (typeof part !== 'object' || part === null) return undefined;
    const key = decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~');
    return (part as Readonly<Record<string, Json>>)[key];
  }, document);
}
