import { STATUS_CODES } from 'node:http';
import {
  type AnswerDescription,
  answers,
  type ParameterDescription,
  type ProblemDocument,
  ref,
  type Schema,
} from '@countersign/service';
import type { Part } from '../part';
import type { Argument, Route } from './routes';

const TEXT: Schema = { type: 'string' };

/** How each kind of key is shown; any one of a list will do. */
const SECURITY: Readonly<Record<'function' | 'system' | 'slack' | 'flexdeploy', readonly Part[]>> = {
  function: [{ key: [] }, { code: [] }, { bearer: [] }],
  system: [{ key: [] }, { code: [] }, { bearer: [] }],
  slack: [{ slackSignature: [] }],
  flexdeploy: [{ flexdeploySecret: [] }],
};

/**
 * A route as an OpenAPI Operation Object.
 *
 * @throws Error that says what is not described
 */
export function operationOf(route: Route): Part {
  const { description: told, path } = route;
  if (told === undefined) throw new Error('there is no @ApiOperation on it (or @NotInApi)');
  if (told.tag === undefined) throw new Error('it has no tag');
  if (Object.keys(told.answers).length === 0) throw new Error('it has no answers');
  const parameters = [
    ...inPath(path).map((name) => parameter('path', name, told.params?.[name])),
    ...inRequest(route, 'query', told.query),
    ...inRequest(route, 'header', told.headers),
  ];
  const body = bodyOf(route);
  return {
    operationId: operationId(route),
    tags: [told.tag],
    summary: told.summary,
    ...(told.description && { description: told.description }),
    ...(told.key && { security: SECURITY[told.key] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: body }),
    responses: Object.fromEntries(
      Object.entries({ ...(route.isThrottled && answers.limits), ...told.answers }).map(([code, answer]) => [
        code,
        response(answer, { code, path }),
      ]),
    ),
  };
}

/** Several paths may lead to one handler: an operation of each needs a name of its own. */
const operationId = ({ handler, variant, path }: Route): string =>
  [handler.replace(/(Controller)?\./, '_'), ...(variant === 0 ? [] : inPath(path))].join('_');

const inPath = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);

function inRequest(
  { args }: Route,
  place: 'query' | 'header',
  told: Readonly<Record<string, ParameterDescription>> = {},
): Part[] {
  const given = args.filter((arg) => arg.in === place);
  const names = [...given.flatMap(({ name = [] }) => name), ...Object.keys(told)];
  return [
    ...[...new Set(names)].map((name) => parameter(place, name, told[name])),
    ...given.flatMap(({ dto }) => (dto === undefined ? [] : [{ [DTO]: dto.name }])),
  ];
}

/** Stands for the parameters that a class declares, until its schema is known. */
export const DTO = 'x-parameters-of';

function parameter(place: string, name: string, told: ParameterDescription | undefined): Part {
  if (told === undefined) throw new Error(`its ${place} parameter ${name} is not described`);
  const {
    description,
    schema = TEXT,
    required = false,
    example,
  } = typeof told === 'string' ? { description: told } : told;
  return {
    name,
    in: place,
    description,
    ...((place === 'path' || required) && { required: true }),
    schema,
    ...(example !== undefined && { example }),
  };
}

function bodyOf({ args, description }: Route): Part | undefined {
  const arg: Argument | undefined = args.find((arg) => arg.in === 'body');
  const schema = description?.body ?? (arg?.dto && ref(arg.dto));
  if (schema === undefined && arg !== undefined) throw new Error('the schema of its body is not known');
  if (schema === undefined) return undefined;
  const examples = Object.entries(description?.examples ?? {}).map(([name, value]) => [name, { value }]);
  const content = { schema, ...(examples.length > 0 && { examples: Object.fromEntries(examples) }) };
  const types = description?.bodyTypes ?? ['application/json'];
  const required = description?.bodyOptional !== true;
  return { required, content: Object.fromEntries(types.map((type) => [type, content])) };
}

function response(answer: AnswerDescription, { code, path }: { code: string; path: string }): Part {
  const { description, body, type, headers = [] } = answer;
  const example =
    answer.example ?? (type === PROBLEM ? problemExample(Number(code), description, path) : undefined);
  const named = headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]);
  const content = { schema: body ?? TEXT, ...(example !== undefined && { example }) };
  return {
    description,
    ...(headers.length > 0 && { headers: Object.fromEntries(named) }),
    ...((body ?? type) && { content: { [type ?? 'application/json']: content } }),
  };
}

const PROBLEM = 'application/problem+json';

const problemExample = (status: number, detail: string, instance: string): ProblemDocument => ({
  type: 'about:blank',
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  instance,
});
