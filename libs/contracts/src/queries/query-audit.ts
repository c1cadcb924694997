/** Application 2: how many different people a table names between two days. May take minutes. */
import { Matches } from 'class-validator';
import { defineActivity, defineWorkflow } from '../define';

/** A day of the proleptic Gregorian calendar, `YYYY-MM-DD`. */
const IsDay = () =>
  Matches(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, { message: '$property must be YYYY-MM-DD' });

export class QueryAuditInput {
  /** First day, included. */
  @IsDay()
  start!: string;

  /** Last day, included. */
  @IsDay()
  end!: string;
}

/** The number of distinct values of `identificationNumber`. */
export type QueryAuditOutput = number;

export const queryAudit = defineWorkflow<QueryAuditOutput>()({
  name: 'QueryAudit',
  input: QueryAuditInput,
  description: 'Counts the distinct identification numbers of the audit table between two days',
});

/** The same days: the whole query is one activity, so that its memory is one set. */
export class CountDistinct extends QueryAuditInput {}

/** What is reported while it runs, and what a status shows. */
export interface CountDistinctProgress {
  /** Parts that the days were split into, and how many of them are read. */
  readonly partitions: number;
  readonly partitionsDone: number;
  readonly rows: number;
  readonly distinct: number;
}

export const countDistinct = defineActivity<number>()({
  name: 'query.countDistinct',
  queue: 'query',
  input: CountDistinct,
  description: 'Count the distinct identification numbers of the audit rows between two days',
});

/** Nothing to say: what is discarded belongs to the calling instance. */
export class DiscardCheckpoint {}

/** On a queue of its own, so that it never waits for queries that run for hours. */
export const discardCheckpoint = defineActivity<{ discarded: number }>()({
  name: 'query.discard',
  queue: 'query-cleanup',
  input: DiscardCheckpoint,
  description: 'Delete the checkpoints of the calling instance; a query of it that still runs stops',
});
