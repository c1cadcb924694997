/** What the benchmark asks of its load generator, and what that answers, over Node's process channel. */
import type { WorkloadName } from './contracts';

export type Command =
  /** Keeps `inFlight` raw round trips on their way. */
  | { readonly kind: 'raw'; readonly seconds: number; readonly inFlight: number }
  /** Keeps `inFlight` workflows on their way; a new one starts when one has ended. */
  | {
      readonly kind: 'closed';
      readonly workload: WorkloadName;
      readonly seconds: number;
      readonly inFlight: number;
    }
  /** Starts `rate` workflows a second, whatever becomes of them. */
  | {
      readonly kind: 'open';
      readonly workload: WorkloadName;
      readonly seconds: number;
      readonly rate: number;
    }
  /** Starts `count` instances and waits until all of them wait for their event. */
  | { readonly kind: 'park'; readonly count: number; readonly inFlight: number }
  /** Resolves when a waiting instance takes its event and a new one starts. */
  | { readonly kind: 'recover' };

export interface Load {
  readonly completed: number;
  readonly seconds: number;
  /** Start to complete, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export type Message =
  | { readonly kind: 'ready' }
  /** The measured window begins or ends now. */
  | { readonly kind: 'window' }
  | { readonly kind: 'done'; readonly load: Load }
  | { readonly kind: 'failed'; readonly reason: string };
