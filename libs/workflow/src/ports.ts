/**
 * What the coordinator needs of the world, named for what it is. One real adapter
 * (`libs/jetstream`), one in-memory model (`libs/testing`), one contract suite that both pass.
 */

/** A message on its way to a stream. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly body: string;
  /** `Nats-Msg-Id`: the server drops a second one within its duplicate window. */
  readonly msgId?: string;
  /** `Nats-Expected-Last-Subject-Sequence` for `subject`. */
  readonly expectedLast?: number;
  /** Makes the message a schedule: published to `target` at `at` (milliseconds since the epoch). */
  readonly schedule?: { readonly at: number; readonly target: string };
  /** Cancels the schedule that is stored on this subject, in the same commit. */
  readonly cancelsSchedule?: string;
  /** The server deletes the message after this many milliseconds. */
  readonly ttl?: number;
  /** Replaces all earlier messages of the subject. */
  readonly rollup?: boolean;
}

export type PublishOutcome =
  | { readonly kind: 'stored'; readonly seq: number }
  /** The message id is already in the duplicate window; `seq` is the first one's. */
  | { readonly kind: 'duplicate'; readonly seq: number }
  /** `expectedLast` did not hold (error 10071); `last` is the sequence that the server named. */
  | { readonly kind: 'conflict'; readonly last: number }
  /** Not known whether it was stored: time-out, lost connection, a write in flight (10164, 10158). */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  /** Stream time in whole milliseconds since the epoch. */
  readonly at: number;
  readonly body: string;
}

/** One shard's stream, seen by the coordinator and by clients. Subjects may belong to other shards where noted. */
export interface ShardLog {
  /** Publishes to any shard. Never throws: what went wrong is in the outcome. Pipelined. */
  publish(message: OutgoingMessage): Promise<PublishOutcome>;
  /** All messages of one literal subject from `fromSeq` on. Fast; may be served by a replica that is behind. */
  read(subject: string, fromSeq?: number): Promise<StoredMessage[]>;
  /**
   * The messages with these sequences, in that order; those that are gone are left out. Fast, however far apart
   * they lie: to find the next message of a subject, the server looks through what lies between. May be served by
   * a replica that is behind.
   */
  readAt(seqs: readonly number[]): Promise<StoredMessage[]>;
  /**
   * The first messages (at most 1,000) whose subject matches the filter (NATS wildcards allowed), from
   * a sequence on, in the order of the stream; may be served by a replica that is behind.
   */
  readSome(filter: string, fromSeq: number, limit: number): Promise<StoredMessage[]>;
  /** The same as {@link read}, from the leader. A round trip per message. */
  readFromLeader(subject: string, fromSeq?: number): Promise<StoredMessage[]>;
  /** Newest message of a literal subject. Fast; may be served by a replica that is behind. */
  lastFromAny(subject: string): Promise<StoredMessage | undefined>;
  /** Newest message of a literal subject, from the leader. */
  last(subject: string): Promise<StoredMessage | undefined>;
  /** Oldest message of a literal subject, from the leader. */
  first(subject: string): Promise<StoredMessage | undefined>;
  /** Deletes one message; no error when it is gone already. */
  delete(seq: number): Promise<void>;
  /** Deletes every message whose subject matches the filter (NATS wildcards allowed), or those before a sequence. */
  purge(filter: string, before?: number): Promise<void>;
  /** Subjects that match the filter and hold messages. */
  subjects(filter: string): Promise<string[]>;
}

/** An input handed to one coordinator; settled exactly once. */
export interface Delivery {
  readonly message: StoredMessage;
  /** 1 on the first delivery. */
  readonly deliveries: number;
  /** The stored message carried `expectedLast: 0`: it is the first one ever on its subject. */
  readonly firstOnSubject: boolean;
  ack(): void;
  /** Starts the acknowledgement time anew. */
  working(): void;
}

export interface Clock {
  /** Monotonic milliseconds; for durations only. */
  now(): number;
  /** Milliseconds since the epoch; to compare with stream times, which other machines make. */
  wall(): number;
  /** Calls back once after `ms`; the returned function cancels. */
  after(ms: number, callback: () => void): () => void;
}
