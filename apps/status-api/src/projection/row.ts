import type { FeedRecord } from '@countersign/jetstream';
import type { RuntimeStatus } from '@countersign/workflow';

/** What the projection keeps of an instance: what lists show, and what they are searched by. */
export interface InstanceRow {
  readonly id: string;
  readonly shard: number;
  /** Of the newest step. */
  readonly seq: number;
  readonly workflow: string;
  readonly status: RuntimeStatus;
  /** Stream times in milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** JSON texts. */
  readonly customStatus: string | null;
  readonly error: string | null;
  readonly output: string | null;
}

type StepRecord = Extract<FeedRecord, { kind: 'step' }>;

export function rowOf(shard: number, { id, seq, step }: StepRecord): InstanceRow {
  const { workflow, status, createdAt, updatedAt, customStatus, error, result } = step;
  const [custom, failure, output] = [customStatus, error, result].map((value) =>
    value === undefined ? null : JSON.stringify(value),
  ) as [string | null, string | null, string | null];
  return {
    id,
    shard,
    seq,
    workflow,
    status,
    createdAt,
    updatedAt,
    customStatus: custom,
    error: failure,
    output,
  };
}
