import { HEADERS, type Schema, TAGS } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import type { SchemaCatalogue } from '../schemas/catalogue';
import { asJson } from '../part';
import { DTO, operationOf } from './operation';
import type { Route } from './routes';

const INFO = {
  title: 'Countersign',
  description:
    'Durable workflows that wait for people and for slow work. Everything is under one origin. ' +
    'Errors are `application/problem+json` (RFC 9457) where nothing else is said.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const SECURITY_SCHEMES = {
  key: {
    type: 'apiKey',
    in: 'header',
    name: 'x-functions-key',
    description:
      'A function key starts the workflows that it names, a host key any, a system key may also manage.',
  },
  code: { type: 'apiKey', in: 'query', name: 'code', description: 'The same key, in the address.' },
  bearer: { type: 'http', scheme: 'bearer', description: 'The same key, as a bearer token.' },
  slackSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'x-slack-signature',
    description: "Slack's signature (v0) over the raw body and `x-slack-request-timestamp`.",
  },
  flexdeploySecret: {
    type: 'apiKey',
    in: 'header',
    name: 'x-flexdeploy-secret',
    description: 'The secret that FlexDeploy and Countersign share. The name of the header is a setting.',
  },
};

export interface ApiDocumentOptions {
  readonly version: string;
  /** Where the API is when nothing else is said; who serves the document puts their own address there. */
  readonly server: string;
}

/**
 * The OpenAPI document of these routes.
 *
 * @throws Error that names every route and says what it lacks
 */
export function apiDocument(
  routes: readonly Route[],
  catalogue: SchemaCatalogue,
  { version, server }: ApiDocumentOptions,
): Json {
  const paths = withParameters(pathsOf(routes), catalogue);
  const used = new Set(routes.flatMap(({ description }) => description?.tag ?? []));
  const tags = Object.entries(TAGS).filter(([name]) => used.has(name as keyof typeof TAGS));
  return asJson({
    openapi: '3.1.0',
    info: { ...INFO, version },
    servers: [{ url: server }],
    tags: tags.map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: HEADERS,
      schemas: catalogue.referredBy(paths),
    },
  });
}

function pathsOf(routes: readonly Route[]): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  const problems: string[] = [];
  for (const route of [...routes].sort(byChapter)) {
    const item = (paths[route.path] ??= {});
    try {
      if (item[route.method] !== undefined) throw new Error('another handler has this route');
      item[route.method] = operationOf(route);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      problems.push(`${route.method.toUpperCase()} ${route.path} (${route.handler}): ${what}`);
    }
  }
  if (problems.length > 0)
    throw new Error(`The HTTP API is not described completely:\n  ${problems.join('\n  ')}`);
  return asJson(paths);
}

const chapterOf = ({ description }: Route): number => Object.keys(TAGS).indexOf(description?.tag ?? '');
const byChapter = (a: Route, b: Route): number => chapterOf(a) - chapterOf(b);

/** Puts the parameters in the place of the classes that declare them. */
function withParameters(part: Json, catalogue: SchemaCatalogue): Json {
  if (Array.isArray(part))
    return part.flatMap((item: Json) => {
      const name = typeof item === 'object' && item !== null && DTO in item ? item[DTO] : undefined;
      return name === undefined ? [withParameters(item, catalogue)] : parametersOf(String(name), catalogue);
    });
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(([key, value]) => [key, withParameters(value ?? null, catalogue)]);
  return Object.fromEntries(entries) as Json;
}

function parametersOf(dto: string, catalogue: SchemaCatalogue): Json[] {
  const { properties = {}, required = [] } = catalogue.get(dto);
  const fields = Object.entries(properties as Readonly<Record<string, Schema>>);
  // A key in the address is described once, as security scheme.
  const said = fields.filter(([name]) => name !== SECURITY_SCHEMES.code.name);
  return said.map(([name, property]) => {
    const { description, ...schema } = property;
    if (description === undefined) throw new Error(`${dto}.${name} has no doc comment.`);
    const isRequired = (required as readonly string[]).includes(name);
    return asJson({ name, in: 'query', description, ...(isRequired && { required: true }), schema });
  });
}
