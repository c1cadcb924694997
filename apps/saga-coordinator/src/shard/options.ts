import type {
  Clock,
  Input,
  Settled,
  ShardLog,
  Standstill,
  Step,
  WorkflowDefinition,
} from '@countersign/workflow';

/** Times in milliseconds. */
export interface Limits {
  /** The consumer's acknowledgement time. */
  readonly ackWait: number;
  /** Executions kept alive for the next input; 0 rebuilds them from the journal every time. */
  readonly cachedInstances: number;
  /** At this delivery an input parks its instance before its code runs. */
  readonly poisonDeliveries: number;
  /**
   * How long the acknowledgement of an input waits for the activities that it scheduled, before
   * their common time-out is stored as a schedule of its own. Most activities are faster.
   */
  readonly watchdogDelay: number;
  /** Most inputs that wait so; beyond it schedules are stored at once. */
  readonly watchdogBacklog: number;
  /** How often parked instances are tried again. */
  readonly parkedRetry: number;
  /** What a step decided that is this much older than the newest has been published, whoever died meanwhile. */
  readonly surelyPublished: number;
  /** How long an instance is kept after it ended; Infinity keeps it for ever. */
  readonly retention: number;
}

/** The one place for the defaults. */
export const DEFAULT_LIMITS: Limits = {
  ackWait: 5_000,
  cachedInstances: 2_000,
  poisonDeliveries: 5,
  watchdogDelay: 1_000,
  watchdogBacklog: 1_000,
  parkedRetry: 60_000,
  surelyPublished: 600_000,
  retention: 30 * 24 * 3_600_000,
};

/** Why an instance is parked. */
export type ParkedReason =
  | Standstill
  /** An input came back this often without being acknowledged: it may kill who applies it. */
  | { readonly kind: 'poisoned'; readonly seq: number; readonly deliveries: number }
  /** The code of this coordinator failed in a way that it does not know. */
  | { readonly kind: 'faulty'; readonly message: string };

/** Body of the marker on an instance's `.parked`. */
export interface ParkedMarker {
  readonly why: ParkedReason;
  /** How often it was tried in vain. */
  readonly tries: number;
}

/** What a person may want to know; logged and counted by the service. */
export type ShardEvent =
  | { readonly kind: 'parked'; readonly id: string; readonly why: ParkedReason }
  | { readonly kind: 'unparked'; readonly id: string }
  /** Inputs for an instance that does not exist, deleted. */
  | { readonly kind: 'ghost'; readonly id: string; readonly seqs: readonly number[] }
  | { readonly kind: 'undecodable'; readonly id: string; readonly seq: number }
  /** Inputs for an instance that has ended; no step lists them. */
  | { readonly kind: 'late'; readonly id: string; readonly seqs: readonly number[] }
  | { readonly kind: 'purged'; readonly id: string }
  /** Another coordinator moved the instance on; this one reads the journal again. */
  | { readonly kind: 'overtaken'; readonly id: string }
  /** JetStream could not be asked; tried again. */
  | { readonly kind: 'retrying'; readonly id: string; readonly reason: string };

/** A step that this coordinator stored; counted and measured by the service. */
export interface Committed {
  readonly step: Step;
  /** What the step lists. */
  readonly inputs: readonly Input[];
  readonly settled: readonly Settled[];
}

export interface ShardOptions {
  readonly shard: number;
  /** Of the deployment: tells the shard of children and signal targets. */
  readonly shards: number;
  readonly log: ShardLog;
  readonly clock: Clock;
  /** The code of a workflow; without a version, the newest. */
  readonly find: (name: string, version?: number) => WorkflowDefinition | undefined;
  readonly limits?: Partial<Limits>;
  report(event: ShardEvent & { readonly traceId?: string }): void;
  /** Default: nobody is told. */
  observe?(committed: Committed): void;
}

/** What the parts of a shard share. */
export interface ShardContext extends Required<Omit<ShardOptions, 'limits'>> {
  readonly limits: Limits;
}
