import { type InstanceView, workflowOf } from '@countersign/jetstream';
import type { ErrorData, Json, RuntimeStatus } from '@countersign/workflow';
import type { InstanceRow } from '../projection/row';
import type { HistoryEvent } from './history-events';

/** An instance as the Durable Functions HTTP API shows it. `error` is ours. */
export interface InstanceStatus {
  /** Of the workflow. */
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: RuntimeStatus;
  /** Null where it was not asked for. */
  readonly input: Json;
  readonly customStatus: Json;
  /** The result; of an instance that ended otherwise the reason. */
  readonly output: Json;
  /** ISO 8601. */
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  readonly error?: ErrorData;
  readonly historyEvents?: readonly HistoryEvent[];
}

export const timeOf = (ms: number): string => new Date(ms).toISOString();

export function statusOf(view: InstanceView, input: Json): InstanceStatus {
  const { id, status, step, started } = view;
  const { error, result, customStatus = null } = step ?? {};
  const createdAt = step?.createdAt ?? started?.at ?? 0;
  return {
    name: workflowOf(view),
    instanceId: id,
    runtimeStatus: status,
    input,
    customStatus,
    output: result ?? error?.message ?? null,
    createdTime: timeOf(createdAt),
    lastUpdatedTime: timeOf(step?.updatedAt ?? createdAt),
    ...(error && { error }),
  };
}

export function statusOfRow(row: InstanceRow, input: Json): InstanceStatus {
  const parsed = (text: string | null) => (text === null ? undefined : (JSON.parse(text) as unknown));
  const error = parsed(row.error) as ErrorData | undefined;
  return {
    name: row.workflow,
    instanceId: row.id,
    runtimeStatus: row.status,
    input,
    customStatus: (parsed(row.customStatus) as Json | undefined) ?? null,
    output: (parsed(row.output) as Json | undefined) ?? error?.message ?? null,
    createdTime: timeOf(row.createdAt),
    lastUpdatedTime: timeOf(row.updatedAt),
    ...(error && { error }),
  };
}
