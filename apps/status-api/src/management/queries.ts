/** What the query of a request may say. Names are those of the Durable Functions HTTP API, but for `workflow` and `q`. */
import { STATUSES, type RuntimeStatus } from '@countersign/workflow';
import { Transform } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateBy,
} from 'class-validator';

/** As in `workflow` of steps: longer ones cannot be. */
const LONGEST_TEXT = 256;
/** Longest reason in characters: what a step keeps of an error's message. */
const LONGEST_REASON = 4_000;
const MOST_ROWS = 1_000;
export const DEFAULT_ROWS = 100;

/** A status that Durable Functions has and this engine has not: nothing is in it. */
const FOREIGN_STATUSES = ['ContinuedAsNew'] as const;
const LISTED_STATUSES: readonly string[] = [...STATUSES, ...FOREIGN_STATUSES];

/** .NET writes `True`. */
const toBoolean = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? ({ true: true, false: false }[value.toLowerCase()] ?? value) : value;

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;

/** `a,b` and `a` beside `b` are the same. */
const toList = ({ value }: { value: unknown }): unknown =>
  [value].flat().flatMap((text) => (typeof text === 'string' ? text.split(',') : [text]));

const INSTANT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Milliseconds since the epoch; NaN for what is no date. Without a zone it is UTC. */
export function instantOf(text: string): number {
  if (!INSTANT.test(text)) return Number.NaN;
  return Date.parse(/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);
}

const IsInstant = () =>
  ValidateBy({
    name: 'isInstant',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && !Number.isNaN(instantOf(value)),
      defaultMessage: () =>
        'must be a date, or a date and time, as in 2026-01-31T12:00:00Z (a plus sign is written %2B)',
    },
  });

/** What clients of Durable Functions send along. */
export class FunctionsQuery {
  /** The key, where no header carries it. */
  @IsOptional()
  @IsString()
  code?: string;

  /** There is one task hub; taken, and not looked at. */
  @IsOptional()
  @IsString()
  taskHub?: string;

  /** There is one storage; taken, and not looked at. */
  @IsOptional()
  @IsString()
  connection?: string;
}

/** Longest time in seconds that a start is held until its instance ends. */
const LONGEST_WAIT = 60;

export class StartQuery extends FunctionsQuery {
  /** Seconds to wait for the instance's end; it is answered like a status then. Default: none. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(0)
  @Max(LONGEST_WAIT)
  timeout?: number;

  /** Taken, and not looked at: the end is told, not asked for. */
  @IsOptional()
  @IsString()
  pollingInterval?: string;
}

export class StatusQuery extends FunctionsQuery {
  /** Adds `historyEvents`. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  showHistory?: boolean;

  /** Adds results to `historyEvents`. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  showHistoryOutput?: boolean;

  /** Default: true. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  showInput?: boolean;

  /** Answers 500 instead of 200 for an instance that Failed. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  returnInternalServerErrorOnFailure?: boolean;
}

export class ReasonQuery extends FunctionsQuery {
  /** For people: shown in the history. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_REASON)
  reason?: string;
}

export class RestartQuery extends ReasonQuery {
  /** False: the instance itself begins anew, under its id. Default: true. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  restartWithNewInstanceId?: boolean;
}

export class EntityOperationQuery extends FunctionsQuery {
  /** Name of the operation. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_TEXT)
  op?: string;
}

class SelectingQuery extends FunctionsQuery {
  /** Instances that were started at this time or earlier. */
  @IsOptional()
  @IsInstant()
  createdTimeTo?: string;

  /** Any of these, separated by commas. */
  @IsOptional()
  @Transform(toList)
  @IsIn(LISTED_STATUSES, { each: true, message: `must be among ${LISTED_STATUSES.join(', ')}` })
  runtimeStatus?: RuntimeStatus[];
}

export class ListQuery extends SelectingQuery {
  /** Instances that were started at this time or later. */
  @IsOptional()
  @IsInstant()
  createdTimeFrom?: string;

  /** Beginning of an id. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_TEXT)
  instanceIdPrefix?: string;

  /** Name of a workflow. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_TEXT)
  workflow?: string;

  /** A text in id, workflow, custom status or error. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_TEXT)
  q?: string;

  /** Default: true. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  showInput?: boolean;

  /** Most instances of a page. Default: 100. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(MOST_ROWS)
  top?: number;
}

export class EntityListQuery extends FunctionsQuery {
  /** Adds the state of each. */
  @IsOptional()
  @Transform(toBoolean)
  @IsBoolean()
  fetchState?: boolean;

  /** Most entities of a page. Default: 100. */
  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(1)
  @Max(MOST_ROWS)
  top?: number;
}

export class PurgeQuery extends SelectingQuery {
  /** Instances that were started at this time or later. Must be said, as in Durable Functions. */
  @IsInstant()
  createdTimeFrom!: string;
}
