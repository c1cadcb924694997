/**
 * How a route is described for the OpenAPI document (docs/openapi.json, made by `npm run documents`).
 *
 * `@ApiOperation` on the handler says only what the code does not: a summary, the answers, what a
 * parameter is for. Path and method, `@Param('id')`, `@Query('top')`, `@Headers('if-none-match')`
 * and the schema of `@Body(validated(Dto))` or `@Query(validated(Dto))` are read from Nest's own
 * decorators. `@ApiOperations` on the controller says what all of its routes have in common.
 *
 * ```ts
 * @Controller('api/status')
 * @ApiOperations({ tag: 'Status', params: { id: 'Instance id' }, answers: { ...answers.storage } })
 * class StatusController {
 *   @Get(':id')
 *   @ApiOperation({
 *     summary: 'How an instance is getting on',
 *     query: { wait: 'Seconds to hold the answer until the state changes' },
 *     answers: {
 *       200: { description: 'It has ended', body: ref('PublicStatus'), headers: ['ETag'] },
 *       404: problem('No such instance'),
 *     },
 *   })
 * ```
 *
 * `ref('PublicStatus')` names any exported interface, type or DTO class of the HTTP apps, contracts,
 * service or workflow: its schema, doc comments included, is made from its declaration.
 * The document is refused when a route or a parameter is not described.
 */
import 'reflect-metadata';
import type { Json } from '@countersign/workflow';
import type { HeaderName } from './headers';

/** JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export interface Schema {
  readonly [keyword: string]: Json | undefined;
}

/** The chapters of the document, in their order. */
export const TAGS = {
  Start: 'Start workflows. Everything answers 202 as soon as the start is stored.',
  Approvals: 'Decide: by Slack, by the page of an approval, by HTTP.',
  Files: 'Upload files, approve them twice, download them.',
  Status: 'Follow an instance. Grants no right but to look.',
  Management:
    'The HTTP API of Durable Functions, with its paths, codes and field names. Needs the system key.',
  About: 'What this is.',
} as const;

/** Description of a parameter; a text alone describes a text that may be left out (in a path: that may not). */
export type ParameterDescription =
  | string
  | {
      readonly description: string;
      /** Default: `{ type: 'string' }`. */
      readonly schema?: Schema;
      readonly required?: boolean;
      readonly example?: Json;
    };

export interface AnswerDescription {
  readonly description: string;
  readonly body?: Schema;
  /** Media type of the body. Default: `application/json`; without `body` it is a text. */
  readonly type?: string;
  readonly example?: Json;
  readonly headers?: readonly HeaderName[];
}

/** What routes of one controller may have in common. */
export interface CommonDescription {
  readonly tag?: keyof typeof TAGS;
  /** What a caller shows: a key of at least this scope, Slack's signature, FlexDeploy's secret. Default: nothing. */
  readonly key?: 'function' | 'system' | 'slack' | 'flexdeploy';
  /** By name; those that the handler is given by Nest must all be here or in the handler's own description. */
  readonly params?: Readonly<Record<string, ParameterDescription>>;
  readonly query?: Readonly<Record<string, ParameterDescription>>;
  readonly headers?: Readonly<Record<string, ParameterDescription>>;
  /** By status code. */
  readonly answers?: Readonly<Record<number, AnswerDescription>>;
}

export interface OperationDescription extends CommonDescription {
  readonly summary: string;
  readonly description?: string;
  /** Where no `validated()` pipe tells it. */
  readonly body?: Schema;
  /** Whether the body may be left out. */
  readonly bodyOptional?: true;
  /** Media types of the body. Default: `application/json`. */
  readonly bodyTypes?: readonly string[];
  /** Bodies to try, by name. */
  readonly examples?: Readonly<Record<string, Json>>;
  readonly answers: Readonly<Record<number, AnswerDescription>>;
}

const OPERATION = Symbol('api operation');
const COMMON = Symbol('api operations');
const HIDDEN = Symbol('not in the api document');

/** Describes a route. */
export const ApiOperation =
  (description: OperationDescription): MethodDecorator =>
  (_prototype, _name, { value }) =>
    Reflect.defineMetadata(OPERATION, description, value as object);

/** Describes what all routes of a controller have in common; a route's own words take precedence. */
export const ApiOperations =
  (description: CommonDescription): ClassDecorator =>
  (controller) =>
    Reflect.defineMetadata(COMMON, description, controller);

/** A route that the document leaves out, and why. */
export const NotInApi =
  (reason: string): MethodDecorator =>
  (_prototype, _name, { value }) =>
    Reflect.defineMetadata(HIDDEN, reason, value as object);

/** The schema of a class, interface or type, by reference. */
export const ref = (type: string | { readonly name: string }): Schema => ({
  $ref: `#/components/schemas/${typeof type === 'string' ? type : type.name}`,
});

/** Whether a handler is left out of the document. */
export const isNotInApi = (handler: object): boolean => Reflect.hasMetadata(HIDDEN, handler);

/** What a handler and its controller say together; undefined where the handler says nothing. */
export function descriptionOf(controller: object, handler: object): OperationDescription | undefined {
  const own = Reflect.getMetadata(OPERATION, handler) as OperationDescription | undefined;
  const common = (Reflect.getMetadata(COMMON, controller) as CommonDescription | undefined) ?? {};
  return (
    own && {
      ...common,
      ...own,
      params: { ...common.params, ...own.params },
      query: { ...common.query, ...own.query },
      headers: { ...common.headers, ...own.headers },
      answers: { ...common.answers, ...own.answers },
    }
  );
}
