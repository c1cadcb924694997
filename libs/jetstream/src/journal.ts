import { InstanceSubjects, shardOf } from '@countersign/contracts';
import type { Step } from '@countersign/workflow';
import type { ShardLogs } from './shard-logs';

export interface StoredStep {
  readonly seq: number;
  readonly step: Step;
}

/** Steps held in memory at once: each may have some hundred KiB. */
const PAGE = 32;

/**
 * The steps of an instance between two of its steps, neither included, oldest first.
 *
 * @param before a step that is known to be stored: a replica that does not have it yet is not believed
 * @throws CodedError `StorageUnavailable`
 */
export async function* stepsBetween(
  logs: ShardLogs,
  id: string,
  after: number,
  before: number,
): AsyncGenerator<StoredStep> {
  const log = logs.of(id);
  const subject = new InstanceSubjects(shardOf(id, logs.shards), id).step;
  for (let from = after + 1; from < before;) {
    let page = await log.readSome(subject, from, PAGE);
    if (page.length === 0) page = await log.readFromLeader(subject, from);
    if (page.length === 0) return;
    for (const { seq, body } of page) {
      if (seq >= before) return;
      yield { seq, step: JSON.parse(body) as Step };
      from = seq + 1;
    }
  }
}
