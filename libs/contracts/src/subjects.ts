/** Every subject, stream and consumer name of the product. Nothing else holds a subject literal. */
import { decodeId, encodeId } from './ids';

export const streamName = (shard: number): string => `WF_${shard}`;
export const shardFilter = (shard: number): string => `wf.${shard}.>`;
/** Everything of every shard. */
export const ALL_SHARDS = 'wf.>';

/** Messages that could not be decoded, kept with the reason for people to read. */
export const DEAD_LETTER_STREAM = 'DEAD_LETTERS';
export const DEAD_LETTER_FILTER = 'dead.>';
export const deadLetterSubject = (queue: string): string => `dead.${queue}`;

/** Key-value bucket with what is fixed when a deployment is created (the shard count). */
export const DEPLOYMENT_BUCKET = 'countersign';

export const COORDINATOR_CONSUMER = 'coordinator';
/** Priority group of the coordinators (one of them is pinned). */
export const COORDINATOR_GROUP = 'c';
/** On which coordinators tell each other which shards they have; no stream listens. */
export const COORDINATOR_SHARES = 'coordinators.shares';
export const workerConsumer = (queue: string): string => `queue-${queue}`;

/** Of every activity of a shard. */
export const progressFilter = (shard: number | '*'): string => `wf.${shard}.*.progress.*`;
/** On these nothing is ever stored: no instance id gives `@`. */
export const nobodysStep = (shard: number): string => `wf.${shard}.@.step`;
export const nobodysProgress = (shard: number): string => `wf.${shard}.@.progress.0-0`;

export const inputFilter = (shard: number | '*'): string => `wf.${shard}.*.in`;
export const stepFilter = (shard: number | '*'): string => `wf.${shard}.*.step`;
export const parkedFilter = (shard: number): string => `wf.${shard}.*.parked`;
/** How far a shard's steps were looked through for instances that ended long ago. No instance id gives `@`. */
export const retentionCursor = (shard: number): string => `wf.${shard}.@.retention`;
/** Notices of purged instances, for whoever keeps a copy of their state. */
export const purgedFilter = (shard: number | '*'): string => `wf.${shard}.*.purged`;
export const queueFilter = (shard: number, queue: string): string => `wf.${shard}.*.task.${queue}.>`;

/** The subjects of one instance; built once per instance, read many times. */
export class InstanceSubjects {
  readonly prefix: string;
  readonly input: string;
  readonly step: string;
  readonly parked: string;
  /** The instance was purged; kept for a day, and not deleted with the instance. */
  readonly purged: string;
  /** Everything of the instance. */
  readonly all: string;
  /** Every task of the instance that is still in the stream. */
  readonly tasks: string;
  readonly timers: string;

  constructor(
    readonly shard: number,
    readonly id: string,
  ) {
    this.prefix = `wf.${shard}.${encodeId(id)}`;
    this.input = `${this.prefix}.in`;
    this.step = `${this.prefix}.step`;
    this.parked = `${this.prefix}.parked`;
    this.purged = `${this.prefix}.purged`;
    this.all = `${this.prefix}.>`;
    this.tasks = `${this.prefix}.task.>`;
    this.timers = `${this.prefix}.timer.>`;
  }

  task(queue: string, activity: string, run: number, n: number): string {
    return `${this.prefix}.task.${queue}.${encodeId(activity)}.${run}-${n}`;
  }

  /** `n` is `w` for the watchdog of open activities. */
  timer(run: number, n: number | 'w'): string {
    return `${this.prefix}.timer.${run}-${n}`;
  }

  progress(run: number, n: number): string {
    return `${this.prefix}.progress.${run}-${n}`;
  }

  /** What all of its activities report. */
  get progressFilter(): string {
    return `${this.prefix}.progress.*`;
  }
}

/** The instance id in any subject of an instance (`wf.<shard>.<id>.…`). */
export function instanceIdOf(subject: string): string {
  const start = subject.indexOf('.', 3) + 1;
  return decodeId(subject.slice(start, subject.indexOf('.', start)));
}

export interface TaskAddress {
  readonly shard: number;
  readonly instanceId: string;
  readonly queue: string;
  readonly activity: string;
  readonly run: number;
  readonly n: number;
}

/** Reads a task subject back into its parts. */
export function parseTaskSubject(subject: string): TaskAddress {
  const [, shard, id, , queue, activity, attemptOf] = subject.split('.') as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const dash = attemptOf.indexOf('-');
  return {
    shard: Number(shard),
    instanceId: decodeId(id),
    queue,
    activity: decodeId(activity),
    run: Number(attemptOf.slice(0, dash)),
    n: Number(attemptOf.slice(dash + 1)),
  };
}

/** Message id of an activity's result, and its idempotency key: the same on every attempt. */
export const resultId = (instanceId: string, run: number, n: number): string => `${instanceId}/${run}/${n}`;

/** Under which a user's answers arrive: nobody else may listen there. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;
