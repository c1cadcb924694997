import { instanceIdOf, parkedFilter } from '@countersign/contracts';
import type { Json } from '@countersign/workflow';
import type { ShardLogs } from '../shard-logs';

/** An instance that its coordinator could not take further, by the marker that it left. */
export interface ParkedInstance {
  readonly instanceId: string;
  /** When it was tried last, in milliseconds since the epoch. */
  readonly since: number;
  /** How often it was tried in vain. */
  readonly tries: number;
  readonly why: { readonly kind: string; readonly [detail: string]: Json };
}

/** Those of every shard. @throws CodedError `StorageUnavailable` */
export async function parkedInstances(logs: ShardLogs): Promise<ParkedInstance[]> {
  const found = Array.from({ length: logs.shards }, async (_, shard) => {
    const log = logs.at(shard);
    const markers = (await log.subjects(parkedFilter(shard))).map((subject) => log.last(subject));
    return (await Promise.all(markers)).filter((marker) => marker !== undefined);
  });
  return (await Promise.all(found)).flat().map(({ subject, at, body }) => ({
    instanceId: instanceIdOf(subject),
    since: at,
    ...(JSON.parse(body) as Pick<ParkedInstance, 'tries' | 'why'>),
  }));
}
