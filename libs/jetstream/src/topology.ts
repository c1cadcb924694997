import {
  COORDINATOR_CONSUMER,
  COORDINATOR_GROUP,
  DEAD_LETTER_FILTER,
  DEAD_LETTER_STREAM,
  DEPLOYMENT_BUCKET,
  inputFilter,
  queueFilter,
  queues,
  shardFilter,
  streamName,
  workerConsumer,
} from '@countersign/contracts';
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type ConsumerConfig,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { JetStreamConnection } from './connection';
import { fixShardCount } from './deployment';
import { patiently } from './patiently';

/**
 * How safe an acknowledged write is: `single` survives a killed server, `synced` (the server's
 * `sync_interval: always`) a power loss, `replicated` (three servers) the loss of a machine.
 */
export type Durability = 'single' | 'synced' | 'replicated';

export interface Topology {
  readonly shards: number;
  readonly durability: Durability;
  /** Worker queues; default: every queue that a contract declares. */
  readonly queues?: readonly string[];
  /**
   * Whether one coordinator at a time gets a shard's inputs (default), or all share them. Fixed
   * when the consumer is created.
   */
  readonly pinCoordinators?: boolean;
}

/** Redelivery time of inputs, and so of a coordinator's failover, in milliseconds. */
const INPUT_ACK_WAIT = 5_000;
/**
 * Redelivery time of tasks whose worker was killed, in milliseconds: a person waits for some of them.
 * Workers renew three times within it, and recognise a task that comes again while they have it.
 */
const TASK_ACK_WAIT = 15_000;

const DUPLICATE_WINDOW = 120_000;
const PIN_TIMEOUT = 3_000;
const MAX_ACK_PENDING = 100_000;
const DEAD_LETTERS_KEPT = 30 * 24 * 3600 * 1000;

/**
 * Creates what is missing and updates what differs; any number of services may do so at once.
 * @throws CodedError `WrongShardCount`
 */
export async function ensureTopology(connection: JetStreamConnection, topology: Topology): Promise<void> {
  const replicas = topology.durability === 'replicated' ? 3 : 1;
  await fixShardCount(connection, topology.shards, replicas);
  await ensureStream(connection, { name: `KV_${DEPLOYMENT_BUCKET}`, num_replicas: replicas });
  await ensureStream(connection, deadLetters(replicas));
  for (let shard = 0; shard < topology.shards; shard++) {
    await ensureStream(connection, shardStream(shard, replicas));
    const consumers = [
      coordinatorConsumer(shard, topology.pinCoordinators ?? true),
      ...(topology.queues ?? queues).map((queue) => queueConsumer(shard, queue)),
    ];
    for (const consumer of consumers) await ensureConsumer(connection, streamName(shard), consumer);
  }
}

const shardStream = (shard: number, replicas: number) =>
  ({
    name: streamName(shard),
    subjects: [shardFilter(shard)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    duplicate_window: nanos(DUPLICATE_WINDOW),
    allow_direct: true,
    allow_msg_schedules: true,
    allow_msg_ttl: true,
    allow_rollup_hdrs: true,
  }) satisfies Partial<StreamConfig>;

const deadLetters = (replicas: number) =>
  ({
    name: DEAD_LETTER_STREAM,
    subjects: [DEAD_LETTER_FILTER],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_age: nanos(DEAD_LETTERS_KEPT),
  }) satisfies Partial<StreamConfig>;

const coordinatorConsumer = (shard: number, pinned: boolean) =>
  ({
    durable_name: COORDINATOR_CONSUMER,
    filter_subject: inputFilter(shard),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(INPUT_ACK_WAIT),
    max_deliver: -1,
    max_ack_pending: MAX_ACK_PENDING,
    ...(pinned && {
      priority_groups: [COORDINATOR_GROUP],
      priority_policy: 'pinned_client',
      priority_timeout: nanos(PIN_TIMEOUT),
    }),
  }) satisfies Partial<ConsumerConfig>;

const queueConsumer = (shard: number, queue: string) =>
  ({
    durable_name: workerConsumer(queue),
    filter_subject: queueFilter(shard, queue),
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(TASK_ACK_WAIT),
    max_deliver: -1,
    max_ack_pending: MAX_ACK_PENDING,
  }) satisfies Partial<ConsumerConfig>;

async function ensureStream(
  { jsm }: JetStreamConnection,
  wanted: Partial<StreamConfig> & { name: string },
): Promise<void> {
  await patiently(async () => {
    const found = await jsm.streams.info(wanted.name).catch(missing(JetStreamApiCodes.StreamNotFound));
    if (found === undefined) await jsm.streams.add(wanted);
    else if (!isAsWanted(found.config, wanted)) await jsm.streams.update(wanted.name, wanted);
  });
}

async function ensureConsumer(
  { jsm }: JetStreamConnection,
  stream: string,
  wanted: Partial<ConsumerConfig> & { durable_name: string },
): Promise<void> {
  await patiently(async () => {
    const found = await jsm.consumers
      .info(stream, wanted.durable_name)
      .catch(missing(JetStreamApiCodes.ConsumerNotFound));
    if (found === undefined) await jsm.consumers.add(stream, wanted);
    else if (!isAsWanted(found.config, wanted))
      await jsm.consumers.update(stream, wanted.durable_name, wanted);
  });
}

const missing =
  (code: number) =>
  (error: unknown): undefined => {
    if (!(error instanceof JetStreamApiError && error.code === code)) throw error;
  };

const isAsWanted = <T extends object>(found: T, wanted: Partial<T>): boolean =>
  (Object.keys(wanted) as (keyof T)[]).every(
    (key) => JSON.stringify(found[key]) === JSON.stringify(wanted[key]),
  );
