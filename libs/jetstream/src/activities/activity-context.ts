import type { Json } from '@countersign/workflow';

/** What a handler knows of the attempt that it is. */
export interface ActivityContext {
  readonly instanceId: string;
  readonly run: number;
  readonly n: number;
  /** The same on every attempt, and no other activity's: hand it to whoever can recognise a repeat. */
  readonly idempotencyKey: string;
  /** 1 on the first one. An attempt whose process died at once may not be counted. */
  readonly attempt: number;
  /** Aborts when the attempt takes longer than `startToClose`, and when the service cannot wait for it. */
  readonly signal: AbortSignal;
  /** When the signal aborts, in milliseconds since the epoch. */
  readonly deadline: number;
  /** What an earlier attempt reported last: where to resume. */
  readonly lastProgress?: Json;
  /**
   * Shows in the public status, and is the next attempt's `lastProgress`. Resolves when it is stored.
   * @throws CodedError `ValueTooLarge` (more than 256 KiB); the signal's reason when that aborts first.
   */
  progress(value: Json): Promise<void>;
}
