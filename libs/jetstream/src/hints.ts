import { InstanceSubjects, shardOf } from '@countersign/contracts';
import type { ShardLogs } from './shard-logs';

/**
 * Calls back when it is worth looking at an instance again: a step of it (with `progress`: or a
 * report of an activity) was published, or the connection came back. A hint and no more: it comes
 * some milliseconds before the message is stored, which may yet be refused, and hints get lost.
 *
 * @returns ends it
 */
export function onHint(
  logs: ShardLogs,
  id: string,
  listener: (of: 'step' | 'progress') => void,
  options: { readonly progress: boolean },
): () => void {
  const { nc } = logs.connection;
  const subjects = new InstanceSubjects(shardOf(id, logs.shards), id);
  const listenTo = (subject: string, of: 'step' | 'progress') =>
    nc.subscribe(subject, { callback: () => listener(of) });
  const subscriptions = [
    listenTo(subjects.step, 'step'),
    ...(options.progress ? [listenTo(subjects.progressFilter, 'progress')] : []),
  ];
  const forgetReconnect = logs.connection.onReconnect(() => listener('step'));
  return () => {
    forgetReconnect();
    if (nc.isClosed()) return;
    for (const subscription of subscriptions) subscription.unsubscribe();
  };
}
