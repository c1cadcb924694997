/**
 * Where FlexDeploy's webhook tells what of a task. The payload of `Task Created` is not documented, so
 * every place can be configured (FLEXDEPLOY_WEBHOOK_PATHS); what a setting says of one thing replaces the
 * default of that thing.
 *
 * ```json
 * {"taskId": "payload.approval.id", "facts": {"Environment": ["payload.env.name", "payload.env.code"]}}
 * ```
 */
import { CodedError } from '@countersign/workflow';
import { plainToInstance, Type } from 'class-transformer';
import { IsOptional, ValidateBy, validateSync } from 'class-validator';
import { fieldErrors } from '@countersign/service';

/** Places by preference, each the names of fields from the envelope downwards, with dots between. */
export type Places = readonly string[];

export interface WebhookPaths {
  readonly taskId: Places;
  readonly description: Places;
  readonly requestedBy: Places;
  /** By label, in the order in which people read them. */
  readonly facts: Readonly<Record<string, Places>>;
}

export const DEFAULT_PATHS: WebhookPaths = {
  taskId: [
    'payload.taskId',
    'payload.task.taskId',
    'payload.task.id',
    'payload.id',
    'object.taskId',
    'object.id',
  ],
  description: [
    'payload.description',
    'payload.task.description',
    'payload.taskName',
    'payload.task.name',
    'object.description',
    'object.name',
  ],
  requestedBy: [
    'payload.requestedBy',
    'payload.task.requestedBy',
    'payload.submittedBy',
    'actor.userName',
    'actor',
  ],
  facts: {
    Environment: [
      'payload.environmentName',
      'payload.environment.environmentName',
      'payload.environment.name',
    ],
    Project: ['payload.projectName', 'payload.project.projectName', 'payload.project.name'],
    Version: ['payload.projectVersionName', 'payload.projectVersion.name'],
    Release: ['payload.releaseName', 'payload.release.releaseName', 'payload.release.name'],
  },
};

const isPath = (value: unknown): boolean => typeof value === 'string' && /^[^.]+(\.[^.]+)*$/.test(value);
const arePlaces = (value: unknown): boolean =>
  isPath(value) || (Array.isArray(value) && value.length > 0 && value.every(isPath));

const ArePlaces = () =>
  ValidateBy({
    name: 'arePlaces',
    validator: {
      validate: arePlaces,
      defaultMessage: () => 'must be a path as payload.taskId, or a list of such',
    },
  });

const ArePlacesByLabel = () =>
  ValidateBy({
    name: 'arePlacesByLabel',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.entries(value).every(
          ([label, places]) => label !== '' && label.length <= 100 && arePlaces(places),
        ),
      defaultMessage: () => 'must give a path, or a list of such, for each label',
    },
  });

class PathsSetting {
  @IsOptional()
  @ArePlaces()
  taskId?: string | string[];

  @IsOptional()
  @ArePlaces()
  description?: string | string[];

  @IsOptional()
  @ArePlaces()
  requestedBy?: string | string[];

  @IsOptional()
  @ArePlacesByLabel()
  // Else a label `constructor` would be taken for the object's.
  @Type(() => Object)
  facts?: Record<string, string | string[]>;
}

const STRICT = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };

/** @throws CodedError `PathsInvalid`: says, as a phrase, everything that is wrong */
export function readPaths(setting: string | undefined): WebhookPaths {
  if (setting === undefined) return DEFAULT_PATHS;
  const given = plainToInstance(PathsSetting, parsed(setting));
  const problems = fieldErrors(validateSync(given, STRICT)).map(
    ({ field, message }) => `${field} ${message}`,
  );
  if (problems.length > 0) throw new CodedError('PathsInvalid', problems.join('; '));
  const facts = Object.entries(given.facts ?? DEFAULT_PATHS.facts).map(
    ([label, places]) => [label, [places].flat()] as const,
  );
  return {
    taskId: [given.taskId ?? DEFAULT_PATHS.taskId].flat(),
    description: [given.description ?? DEFAULT_PATHS.description].flat(),
    requestedBy: [given.requestedBy ?? DEFAULT_PATHS.requestedBy].flat(),
    facts: Object.fromEntries(facts),
  };
}

function parsed(setting: string): object {
  try {
    const content: unknown = JSON.parse(setting);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return content;
  } catch {
    // Said below.
  }
  throw new CodedError('PathsInvalid', 'it is not a JSON object');
}

/** class-validator: what {@link readPaths} reads. */
export const AreWebhookPaths = () =>
  ValidateBy({
    name: 'areWebhookPaths',
    validator: {
      validate: (value: unknown) => problemOf(value) === undefined,
      defaultMessage: (args) => `is not valid (${problemOf(args?.value)})`,
    },
  });

function problemOf(value: unknown): string | undefined {
  try {
    readPaths(String(value));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
