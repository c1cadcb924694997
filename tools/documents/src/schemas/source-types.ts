import type { Schema } from '@countersign/service';
import { createGenerator, RootlessError, type SchemaGenerator } from 'ts-json-schema-generator';

/** The JSON Schemas of TypeScript declarations: their doc comments are the descriptions. */
export class SourceTypes {
  private readonly generator: SchemaGenerator;
  /** Types that others are made of may have no name of their own to be found by. */
  private readonly parts = new Map<string, Schema>();

  /**
   * @param root folder of the project
   * @param files patterns below it; a type is found by its name alone, so names must be unique among these
   */
  constructor(root: string, files: readonly string[]) {
    this.generator = createGenerator({
      path: `${root}/{${files.join(',')}}`,
      tsconfig: `${root}/tsconfig.base.json`,
      skipTypeCheck: true, // `npm test` checks types
      encodeRefs: false,
      additionalProperties: true, // a reader ignores what a newer writer adds
    });
  }

  /** The schema of a type, which refers to others by `#/definitions/`; undefined when there is no such type. */
  read(name: string): Schema | undefined {
    try {
      const { definitions = {} } = this.generator.createSchema(name);
      for (const [part, schema] of Object.entries(definitions)) this.parts.set(part, schema as Schema);
    } catch (error) {
      if (!(error instanceof RootlessError)) throw error;
    }
    return this.parts.get(name);
  }
}
