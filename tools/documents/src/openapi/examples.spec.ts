/** The examples of the committed document against its own schemas. */
import document from '@countersign/openapi';
import { Ajv2020 } from 'ajv/dist/2020';

interface Content {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Operation {
  readonly operationId: string;
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Content>> }>>;
}

const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({ ...document, $id: 'api' });
const problemsWith = (schema: object, value: unknown): unknown => {
  const inDocument = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object;
  return ajv.validate(inDocument, value) ? [] : ajv.errors;
};

const operations = Object.values(document.paths).flatMap((item) =>
  Object.values(item as Record<string, Operation>),
);
const contents = operations.flatMap(({ operationId, requestBody, responses }) => [
  ...Object.values(requestBody?.content ?? {}).map((content) => [operationId, content] as const),
  ...Object.entries(responses).flatMap(([code, { content = {} }]) =>
    Object.values(content).map((one) => [`${operationId} ${code}`, one] as const),
  ),
]);
const examples = contents.flatMap(([where, { schema, example, examples = {} }]) => [
  ...(example === undefined ? [] : [[where, schema, example] as const]),
  ...Object.entries(examples).map(([name, { value }]) => [`${where} ${name}`, schema, value] as const),
]);

describe('the examples of the OpenAPI document', () => {
  it('are there', () => expect(examples.length).toBeGreaterThan(10));

  it.each(examples)('are what their schema says: %s', (_where, schema, value) => {
    expect(problemsWith(schema, value)).toEqual([]);
  });

  it('would be found out', () => {
    const start = operations.find(({ operationId }) => operationId === 'Starts_start');
    const schema = start?.requestBody?.content['application/json']?.schema ?? {};
    expect(problemsWith(schema, { taskid: 8900, description: 'goes to PROD' })).toEqual([]);
    expect(problemsWith(schema, { taskid: '', description: 'goes to PROD' })).not.toEqual([]);
    expect(problemsWith(schema, { taskid: 8900, description: 'goes to PROD', ttl: 5 })).not.toEqual([]);
  });
});
