import { InstanceSubjects, shardOf } from '@countersign/contracts';
import type { Step } from '@countersign/workflow';
import type { ShardLogs } from './shard-logs';
import { storedMessages } from './stored-messages';

export interface StoredStep {
  readonly seq: number;
  readonly step: Step;
}

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
  const { step } = new InstanceSubjects(shardOf(id, logs.shards), id);
  const range = { from: after + 1, upTo: before - 1 };
  for await (const { seq, body } of storedMessages(logs.of(id), step, range))
    yield { seq, step: JSON.parse(body) as Step };
}
