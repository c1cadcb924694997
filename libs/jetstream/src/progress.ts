import { InstanceSubjects, shardOf } from '@countersign/contracts';
import { isTerminal, type Json, type Progress, type StoredMessage } from '@countersign/workflow';
import type { InstanceView } from './client';
import type { ShardLogs } from './shard-logs';

/** What an open activity said of itself last. */
export interface ReportedProgress {
  /** Stream sequence of the report. */
  readonly seq: number;
  readonly value: Json;
}

/** Of an instance with more open activities only the oldest are asked. */
const MOST_TASKS = 4;

/**
 * The newest progress that an open activity of the instance reported; undefined while none did.
 * Costs one direct get for each open activity, all in one go; nothing for an instance without any.
 *
 * @param atLeast a report on the same step that the caller knows of: an older answer is asked again of the leader
 * @throws CodedError `StorageUnavailable`
 */
export async function readProgress(
  logs: ShardLogs,
  { id, step }: InstanceView,
  atLeast = 0,
): Promise<ReportedProgress | undefined> {
  if (step?.tasks === undefined || step.tasks.length === 0 || isTerminal(step.status)) return undefined;
  const log = logs.of(id);
  const instance = new InstanceSubjects(shardOf(id, logs.shards), id);
  const subjects = step.tasks.slice(0, MOST_TASKS).map((n) => instance.progress(step.run, n));
  const newest = newestOf(await Promise.all(subjects.map((subject) => log.lastFromAny(subject))));
  if ((newest?.seq ?? 0) >= atLeast) return newest;
  return newestOf(await Promise.all(subjects.map((subject) => log.last(subject))));
}

function newestOf(records: readonly (StoredMessage | undefined)[]): ReportedProgress | undefined {
  return records
    .flatMap((record) => {
      // A record without a value only counts attempts.
      const { value } = record === undefined ? {} : (JSON.parse(record.body) as Partial<Progress>);
      return record === undefined || value === undefined ? [] : [{ seq: record.seq, value }];
    })
    .reduce<ReportedProgress | undefined>((newest, next) => {
      return newest === undefined || next.seq > newest.seq ? next : newest;
    }, undefined);
}
