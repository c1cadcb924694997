/**
 * What the user of each service may do at the server: exactly what the service does.
 *
 * 1. Who may listen somewhere hears answers to nobody else: each user has a namespace of its own for answers.
 * 2. A task is handed out, and acknowledged, under the name of its queue's consumer: only its service may.
 * 3. Bodies of requests cannot be restricted. Where a body says what is read or made, the right is given only to who
 *    may read or make all of it; the others ask by subject.
 */
import {
  ALL_SHARDS,
  COORDINATOR_CONSUMER,
  COORDINATOR_SHARES,
  DEAD_LETTER_STREAM,
  deadLetterSubject,
  DEPLOYMENT_BUCKET,
  inboxPrefix,
  inputFilter,
  progressFilter,
  purgedFilter,
  queues,
  SERVED_QUEUES,
  type ServiceName,
  stepFilter,
  workerConsumer,
} from '@countersign/contracts';
import {
  accountInfo,
  acknowledgements,
  ANY,
  consumerCreate,
  consumerDelete,
  consumerInfo,
  consumerNext,
  consumerUnpin,
  directGet,
  directGetLast,
  messageDelete,
  messageGet,
  streamCreate,
  streamInfo,
  streamPurge,
  streamUpdate,
} from './api-subjects';
import { SHARDS_SUBJECT } from './deployment';

/** Subjects, with wildcards. */
export interface Permissions {
  readonly publish: readonly string[];
  /** Taken from `publish` again. */
  readonly neverPublish: readonly string[];
  readonly subscribe: readonly string[];
}

type Grant = Partial<Permissions>;

/** What every service does at boot. */
const anyService = (service: ServiceName): Grant => ({
  publish: [
    accountInfo,
    directGetLast(`KV_${DEPLOYMENT_BUCKET}`, SHARDS_SUBJECT),
    directGetLast(ANY, stepFilter(ANY)),
  ],
  subscribe: [`${inboxPrefix(service)}.>`],
});

const worker = (served: readonly string[]): Grant => ({
  publish: [
    inputFilter(ANY),
    progressFilter(ANY),
    directGetLast(ANY, progressFilter(ANY)),
    ...served.flatMap((queue) => [...consuming(workerConsumer(queue)), deadLetterSubject(queue)]),
  ],
});

const consuming = (consumer: string): string[] => [
  consumerInfo(ANY, consumer),
  consumerNext(ANY, consumer),
  acknowledgements(ANY, consumer),
];

/** Raises inputs, and reads what became of them: any message of a shard. */
const client: Grant = {
  publish: [inputFilter(ANY), messageGet(ANY), directGet(ANY)],
  neverPublish: [messageGet(DEAD_LETTER_STREAM)],
  subscribe: [stepFilter(ANY)],
};

/** Shows progress, and follows the steps with consumers of its own, whose names nobody else uses. */
const reader: Grant = {
  publish: [
    directGetLast(ANY, progressFilter(ANY)),
    streamInfo(ANY),
    consumerCreate(ANY, ANY, stepFilter(ANY)),
    consumerCreate(ANY, ANY, purgedFilter(ANY)),
    ...[consumerInfo, consumerNext, consumerDelete].map((request) => request(ANY, ANY)),
  ],
  neverPublish: [COORDINATOR_CONSUMER, ...queues.map(workerConsumer)].flatMap((consumer) => [
    consumerCreate(ANY, consumer, '>'),
    consumerNext(ANY, consumer),
    consumerDelete(ANY, consumer),
  ]),
  subscribe: [progressFilter(ANY)],
};

/** Makes streams and consumers, and is the only one to write steps, tasks and timers. */
const coordinator: Grant = {
  publish: [
    ALL_SHARDS,
    SHARDS_SUBJECT,
    ...[streamCreate, streamUpdate, streamInfo, streamPurge, messageDelete, messageGet, directGet].map(
      (request) => request(ANY),
    ),
    directGetLast(ANY, '>'),
    consumerCreate(ANY, ANY, '>'),
    consumerInfo(ANY, ANY),
    consumerUnpin(ANY, COORDINATOR_CONSUMER),
    consumerNext(ANY, COORDINATOR_CONSUMER),
    acknowledgements(ANY, COORDINATOR_CONSUMER),
    COORDINATOR_SHARES,
  ],
  subscribe: [COORDINATOR_SHARES],
};

const more: Partial<Record<ServiceName, readonly Grant[]>> = {
  'saga-coordinator': [coordinator],
  ingestion: [client],
  'status-api': [client, reader],
  // In Socket Mode it is a door to decisions, too.
  'slack-notifier': [client],
};

export function permissionsOf(service: ServiceName): Permissions {
  const served = SERVED_QUEUES[service];
  const grants = [
    anyService(service),
    ...(served.length > 0 ? [worker(served)] : []),
    ...(more[service] ?? []),
  ];
  const all = (of: keyof Permissions) => [...new Set(grants.flatMap((grant) => grant[of] ?? []))];
  return { publish: all('publish'), neverPublish: all('neverPublish'), subscribe: all('subscribe') };
}
