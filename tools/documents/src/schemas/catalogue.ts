import { ref, type Schema } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import type { SourceTypes } from './source-types';
import { validatedClasses } from './validated-classes';

const PREFIX = String(ref('').$ref);
/** Any JSON: the declaration of `Json` says the same in thirty lines. */
const ANY: Schema = { description: 'Any JSON value' };

type Schemas = Readonly<Record<string, Schema>>;

/**
 * The schemas that a document may refer to. A class that class-validator checks gets its constraints
 * from the decorators and its words from the doc comments; anything else is what TypeScript declares.
 */
export class SchemaCatalogue {
  private readonly classes = validatedClasses(PREFIX);

  constructor(
    private readonly types: Pick<SourceTypes, 'read'>,
    /** Whether an object with a field that its class does not declare is refused. */
    private readonly options: { readonly closed: boolean },
  ) {}

  /**
   * Every schema that `part` refers to, directly or through another, by name in alphabetical order.
   *
   * @throws Error that names the types that do not exist
   */
  referredBy(part: Json | Schema): Schemas {
    const found = new Map<string, Schema>();
    const open = referencesIn(part);
    for (const name of open) {
      if (found.has(name)) continue;
      const schema = this.get(name);
      found.set(name, schema);
      open.push(...referencesIn(schema));
    }
    return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** @throws Error when there is no such type */
  get(name: string): Schema {
    if (name === 'Json') return ANY;
    const declared = this.types.read(name);
    const validated = this.classes[name];
    if (validated !== undefined) return this.inWords(validated, declared);
    if (declared === undefined) throw new Error(`There is no type ${name} to make a schema of.`);
    return toComponents(declared) as Schema;
  }

  private inWords(validated: Schema, declared: Schema = {}): Schema {
    const words = (toComponents(declared.properties ?? {}) ?? {}) as Schemas;
    const properties = Object.entries((validated.properties ?? {}) as Schemas).map(([name, checked]) => {
      const { description, ...type } = words[name] ?? {};
      const own = saysType(checked) ? checked : { ...type, ...withoutReference(checked) };
      return [name, description === undefined ? own : { ...own, description }];
    });
    return {
      ...validated,
      ...(declared.description === undefined ? {} : { description: declared.description }),
      properties: Object.fromEntries(properties) as Schemas as Json,
      ...(this.options.closed ? { additionalProperties: false } : {}),
    };
  }
}

/** class-validator-jsonschema writes this for what decorators and `design:type` do not tell. */
const NOTHING = new Set(['Object', 'Array'].map((name) => PREFIX + name));
const isNothing = (reference: unknown): boolean => NOTHING.has(String(reference));

const saysType = ({ type, $ref, anyOf, oneOf, enum: values }: Schema): boolean =>
  [type, anyOf, oneOf, values].some((keyword) => keyword !== undefined) ||
  ($ref !== undefined && !isNothing($ref));

const withoutReference = ({ $ref, ...rest }: Schema): Schema => (isNothing($ref) ? rest : { $ref, ...rest });

/** TypeScript's schemas refer to `#/definitions`. */
const toComponents = (schema: Json): Json =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/definitions/', `"${PREFIX}`)) as Json;

/** Names of the schemas that a piece of a document refers to. */
export function referencesIn(part: Json | Schema | undefined): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' && value.startsWith(PREFIX)
      ? [value.slice(PREFIX.length)]
      : referencesIn(value),
  );
}
