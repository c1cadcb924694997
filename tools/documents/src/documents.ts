/** The documents of the product's interfaces, and who may use which subject, made from the code that stands. */
import type { DynamicModule } from '@nestjs/common';
import type { Json } from '@countersign/workflow';
import { ingestionModule } from '../../../apps/ingestion/src/app.module';
import { IngestionConfig } from '../../../apps/ingestion/src/config';
import { statusApiModule } from '../../../apps/status-api/src/app.module';
import { StatusApiConfig } from '../../../apps/status-api/src/config';
import { managementModule } from '../../../apps/status-api/src/management/management.module';
import { subjectsDocument } from './asyncapi/document';
import { asyncApiProblems, openApiProblems } from './check';
import { apiDocument } from './openapi/document';
import { routesOf } from './openapi/routes';
import { permissionsFile } from './permissions';
import { SchemaCatalogue } from './schemas/catalogue';
import { SourceTypes } from './schemas/source-types';

/** Where types are looked for that a document names. */
const SOURCES = [
  'libs/workflow/src/**/!(*.spec).ts',
  'libs/contracts/src/**/!(*.spec).ts',
  'libs/service/src/**/!(*.spec).ts',
  'apps/ingestion/src/**/!(*.spec).ts',
  'apps/status-api/src/**/!(*.spec).ts',
  'apps/saga-coordinator/src/shard/options.ts',
];

/** The modules that have public routes. Only their decorators are read: the settings are whatever the defaults are. */
const apiModules = (): DynamicModule[] => [
  ingestionModule(new IngestionConfig()),
  statusApiModule(new StatusApiConfig()),
  managementModule(new StatusApiConfig()),
];

export interface ProjectDocument {
  /** Path below the project's folder. */
  readonly file: string;
  /** A text is written as it is. */
  readonly content: Json | string;
  /** What is wrong with it by its specification. */
  readonly problems: readonly string[];
}

/** @throws Error that names what is not described */
export async function documentsOf(root: string, version: string): Promise<ProjectDocument[]> {
  const types = new SourceTypes(root, SOURCES);
  const subjects = subjectsDocument(new SchemaCatalogue(types, { closed: false }), version);
  const api = apiDocument(apiModules().flatMap(routesOf), new SchemaCatalogue(types, { closed: true }), {
    version,
    server: 'http://localhost:7071',
  });
  return [
    { file: 'docs/asyncapi.json', content: subjects, problems: asyncApiProblems(subjects) },
    { file: 'docs/openapi.json', content: api, problems: await openApiProblems(api) },
    { file: 'k8s/base/nats/permissions.conf', content: permissionsFile(), problems: [] },
  ];
}
