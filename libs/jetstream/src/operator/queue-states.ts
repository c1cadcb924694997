import { COORDINATOR_CONSUMER, queues, streamName, workerConsumer } from '@countersign/contracts';
import type { JetStreamConnection } from '../connection';

/** What one shard holds for the services of one queue; `coordinator` is the queue of the inputs. */
export interface QueueState {
  readonly queue: string;
  readonly shard: number;
  /** Not delivered to anybody yet. */
  readonly waiting: number;
  /** Delivered, and neither settled nor given back. */
  readonly inHand: number;
  /** Of those, delivered more than once. */
  readonly repeated: number;
}

/**
 * Of every queue in every shard.
 * @param names of worker queues; default: every one that a contract declares
 * @throws JetStreamApiError where a stream or consumer does not exist
 */
export async function queueStates(
  { jsm }: JetStreamConnection,
  shards: number,
  names: readonly string[] = queues,
): Promise<QueueState[]> {
  const consumers = [
    [COORDINATOR_CONSUMER, COORDINATOR_CONSUMER] as const,
    ...names.map((queue) => [queue, workerConsumer(queue)] as const),
  ];
  const all = consumers.flatMap(([queue, consumer]) =>
    Array.from({ length: shards }, async (_, shard) => {
      const info = await jsm.consumers.info(streamName(shard), consumer);
      const { num_pending: waiting, num_ack_pending: inHand, num_redelivered: repeated } = info;
      return { queue, shard, waiting, inHand, repeated };
    }),
  );
  return Promise.all(all);
}
