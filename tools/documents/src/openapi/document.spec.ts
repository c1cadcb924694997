import { type OperationDescription, ref } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min, ValidateNested } from 'class-validator';
import { openApiProblems } from '../check';
import { SchemaCatalogue } from '../schemas/catalogue';
import { apiDocument } from './document';
import type { Argument, Route } from './routes';

class ParcelLine {
  @IsString()
  item!: string;
}

class ParcelOrder {
  @ValidateNested({ each: true })
  @Type(() => ParcelLine)
  lines!: ParcelLine[];
}

class ParcelFilter {
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  top?: number;
}

const catalogue = new SchemaCatalogue(
  {
    read: (name) =>
      ({
        ParcelFilter: { properties: { top: { type: 'number', description: 'Most answers' } } },
        ProblemDocument: { type: 'object' },
      })[name],
  },
  { closed: true },
);

const described: OperationDescription = {
  tag: 'Start',
  summary: 'Send a parcel',
  answers: { 202: { description: 'Stored', headers: ['Location'] } },
};

const route = (more: Partial<Route> = {}): Route => ({
  handler: 'ParcelsController.send',
  variant: 0,
  method: 'post',
  path: '/api/parcels',
  args: [],
  isThrottled: false,
  description: described,
  ...more,
});

const operationOf = (...args: Argument[]) => {
  const document = apiDocument([route({ args })], catalogue, { version: '1', server: 'http://localhost' });
  return (document as { paths: Record<string, Record<string, Json>> }).paths['/api/parcels']?.['post'];
};
const build = (...routes: Route[]) =>
  apiDocument(routes, catalogue, { version: '1', server: 'http://localhost' });

describe('the OpenAPI document', () => {
  it('is valid, and has the schema of everything that it refers to', async () => {
    const document = build(route({ args: [{ in: 'body', dto: ParcelOrder }] }));
    expect(await openApiProblems(document)).toEqual([]);
    expect(document).toMatchObject({
      components: {
        schemas: {
          ParcelOrder: {
            properties: { lines: { type: 'array', items: ref(ParcelLine) } },
            additionalProperties: false,
          },
          ParcelLine: { required: ['item'] },
        },
      },
    });
  });

  it('takes a body from the class that checks it', () => {
    expect(operationOf({ in: 'body', dto: ParcelOrder })).toMatchObject({
      operationId: 'Parcels_send',
      requestBody: { required: true, content: { 'application/json': { schema: ref('ParcelOrder') } } },
    });
  });

  it('says where the body may be left out, and where requests may be refused for their number', () => {
    const description = { ...described, body: ref('ParcelOrder'), bodyOptional: true } as const;
    const document = build(
      route({ args: [{ in: 'body', dto: ParcelOrder }], isThrottled: true }),
      route({ handler: 'B.send', path: '/b', description }),
    ) as { paths: Record<string, { post: { responses: object } }> };
    expect(document.paths['/b']?.post).toMatchObject({ requestBody: { required: false } });
    expect(Object.keys(document.paths['/b']?.post.responses ?? {})).toEqual(['202']);
    expect(Object.keys(document.paths['/api/parcels']?.post.responses ?? {})).toEqual(['202', '429']);
  });

  it('makes parameters of the fields of a class that checks a query', () => {
    expect(operationOf({ in: 'query', dto: ParcelFilter })).toMatchObject({
      parameters: [
        {
          name: 'top',
          in: 'query',
          description: 'Most answers',
          schema: { type: 'integer', minimum: 1, maximum: 100 },
        },
      ],
    });
  });

  it('names each route and what it lacks, all at once', () => {
    const broken = [
      route({ handler: 'A.silent', path: '/a', description: undefined }),
      route({ handler: 'B.path', path: '/b/{id}' }),
      route({ handler: 'C.query', path: '/c', args: [{ in: 'query', name: 'wait' }] }),
      route({ handler: 'D.header', path: '/d', args: [{ in: 'header', name: 'prefer' }] }),
      route({ handler: 'E.body', path: '/e', args: [{ in: 'body' }] }),
      route({
        handler: 'F.tag',
        path: '/f',
        description: { summary: 'No chapter', answers: described.answers },
      }),
      route({ handler: 'G.first', path: '/g' }),
      route({ handler: 'G.second', path: '/g' }),
    ];
    const message = messageOf(() => build(...broken));
    expect(message.split('\n').slice(1).sort()).toEqual([
      '  POST /a (A.silent): there is no @ApiOperation on it (or @NotInApi)',
      '  POST /b/{id} (B.path): its path parameter id is not described',
      '  POST /c (C.query): its query parameter wait is not described',
      '  POST /d (D.header): its header parameter prefer is not described',
      '  POST /e (E.body): the schema of its body is not known',
      '  POST /f (F.tag): it has no tag',
      '  POST /g (G.second): another handler has this route',
    ]);
  });

  it('refuses the name of a type that does not exist', () => {
    const answers = { 200: { description: 'Sent', body: ref('Parcle') } };
    expect(() => build(route({ description: { ...described, answers } }))).toThrow('There is no type Parcle');
  });
});

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
  return '';
}
