/**
 * The bodies of the messages on an instance's `.in` subject: everything that can advance an
 * instance. JSON on the wire; `type` tells them apart.
 */
import type { ErrorData } from '../errors';
import type { Json } from '../json';

/** Who sent a signal or child start: the fold ignores a second one with the same three. */
export interface Source {
  readonly id: string;
  readonly run: number;
  readonly n: number;
}

/** What every input may say. */
interface Sent {
  /**
   * Of who sent it: its span, as a `traceparent` (W3C Trace Context). The one of `started` is the instance's: what it
   * causes, however much later, belongs to that trace.
   */
  readonly trace?: string;
}

export interface Started extends Sent {
  readonly type: 'started';
  readonly workflow: string;
  /** Pins a version; without it the first step pins the coordinator's newest. */
  readonly version?: number;
  readonly input: Json;
  /** Random per start request: tells a repeated publish of one request from a second request. */
  readonly nonce?: string;
  /** Digest of the request, to compare two requests that carry one Idempotency-Key. */
  readonly digest?: string;
  /** Set on a child: where its outcome is reported. */
  readonly parent?: Source;
}

export interface ActivityCompleted extends Sent {
  readonly type: 'completed';
  readonly run: number;
  readonly n: number;
  readonly result: Json;
}

export interface ActivityFailed extends Sent {
  readonly type: 'failed';
  readonly run: number;
  readonly n: number;
  readonly error: ErrorData;
}

export interface TimerFired extends Sent {
  readonly type: 'timer';
  readonly run: number;
  /** `w` is the watchdog of open activities (see `scheduleToClose`). */
  readonly n: number | 'w';
  /** When it was due, in milliseconds since the epoch. */
  readonly due: number;
}

export interface EventRaised extends Sent {
  readonly type: 'event';
  readonly name: string;
  readonly data: Json;
  readonly source?: Source;
}

export const CONTROLS = ['terminate', 'cancel', 'suspend', 'resume', 'rewind', 'restart', 'purge'] as const;

export interface Control extends Sent {
  readonly type: (typeof CONTROLS)[number];
  readonly reason?: string;
  readonly by?: string;
  /** Of a purge: it is meant only while the step of this sequence is the newest. */
  readonly onlyAfter?: number;
}

export type InputBody = Started | ActivityCompleted | ActivityFailed | TimerFired | EventRaised | Control;

/** An input as the stream holds it. */
export interface Input {
  /** Stream sequence. */
  readonly seq: number;
  /** Stream time in whole milliseconds since the epoch. */
  readonly at: number;
  readonly body: InputBody;
}
