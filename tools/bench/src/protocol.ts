/** What the benchmark asks of its load generators, and what that answers, over Node's process channel. */
import type { WorkloadName } from './contracts';

/** How long a load lasts, in seconds. */
export interface Times {
  /** Under load before anything is measured. */
  readonly warmUp: number;
  /** Measured. */
  readonly seconds: number;
}

/** Of the generator of workflows. */
export type LoadCommand =
  /** Keeps `inFlight` raw round trips on their way. */
  | ({ readonly kind: 'raw'; readonly inFlight: number } & Times)
  /** Keeps `inFlight` workflows on their way; a new one starts when one has ended. */
  | ({ readonly kind: 'closed'; readonly workload: WorkloadName; readonly inFlight: number } & Times)
  /** Starts `rate` workflows a second, whatever becomes of them. */
  | ({ readonly kind: 'open'; readonly workload: WorkloadName; readonly rate: number } & Times)
  /** Starts `count` instances and waits until all of them wait for their event. */
  | { readonly kind: 'park'; readonly count: number; readonly inFlight: number }
  /** Resolves when a waiting instance takes its event and a new one starts. */
  | { readonly kind: 'recover' };

/** Where status-api listens. */
export interface StatusApi {
  /** Origins. */
  readonly url: string;
  readonly managementUrl: string;
  readonly systemKey: string;
}

/** Of the generator of polls. */
export type PollCommand =
  /** Stores instances as they are after so many steps. */
  | { readonly kind: 'fill'; readonly instances: number; readonly steps: number }
  /** Keeps `inFlight` direct gets of newest steps on their way, over one connection. */
  | ({ readonly kind: 'gets'; readonly inFlight: number; readonly instances: number } & Times)
  /** Each poller asks again as soon as it is answered; with `rate` they ask so often per second, all together. */
  | ({
      readonly kind: 'storm';
      readonly target: 'live' | 'status' | 'unchanged';
      readonly rate?: number;
    } & Polling &
      Times)
  /** Each poller holds a long poll; `rate` of their instances change per second. */
  | ({ readonly kind: 'hold'; readonly rate: number } & Polling & Times)
  /** Each poller holds a long poll, and all of their instances change at once. */
  | ({ readonly kind: 'burst' } & Polling & Pick<Times, 'warmUp'>)
  /** Consumes the newest step of every instance with the plain client. */
  | { readonly kind: 'drain'; readonly instances: number }
  /** Reads a list to its end, page by page. */
  | { readonly kind: 'pages'; readonly api: StatusApi; readonly query: string };

export interface Polling {
  readonly api: StatusApi;
  readonly pollers: number;
  /** How many there are: numbered from 0. */
  readonly instances: number;
}

/** Of who asks for approvals. */
export type ApprovalCommand =
  /** Asks for so many; resolves when all of them wait. */
  | {
      readonly kind: 'ask';
      readonly count: number;
      readonly inFlight: number;
      readonly ttlSeconds: number;
      readonly remindEverySeconds: number;
    }
  /** Resolves when so many approvals have had such a message: `reminder 1`, `expired`. */
  | { readonly kind: 'told'; readonly what: string; readonly count: number }
  /** What is stored, and how many messages came twice. */
  | { readonly kind: 'stored' };

export type Command = LoadCommand | PollCommand | ApprovalCommand;

export interface Load {
  readonly completed: number;
  readonly seconds: number;
  /** Start to complete, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of lists: what was on the pages. */
  readonly listed?: number;
  /** Of approvals: what the stream holds. */
  readonly stored?: { readonly messages: number; readonly bytes: number };
  /** Of approvals: messages beyond the first of their kind. */
  readonly repeated?: number;
}

export type Message =
  | { readonly kind: 'ready' }
  /** The measured window begins or ends now. */
  | { readonly kind: 'window' }
  | { readonly kind: 'done'; readonly load: Load }
  | { readonly kind: 'failed'; readonly reason: string };
