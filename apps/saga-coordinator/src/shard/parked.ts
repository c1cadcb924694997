/** Instances that are parked: why, and when they are tried again. */
import { toErrorData, type StoredMessage } from '@countersign/workflow';
import type { ParkedMarker, ParkedReason } from './options';

/** Longest time between two tries of a poisoned instance, in milliseconds. */
const LONGEST_QUARANTINE = 3_600_000;

/** What this coordinator knows of an instance that is parked. */
export interface Parked {
  readonly why: ParkedReason;
  readonly tries: number;
  /** Clock time of the next try. */
  readonly retryAt: number;
  /** Sequence of the marker. */
  readonly seq: number;
}

/** A poisoned instance may take its coordinator with it: it is tried ever more seldom. */
export const quarantine = (tries: number, first: number): number =>
  Math.min(first * 2 ** Math.min(tries, 20), LONGEST_QUARANTINE);

/** A marker of another process: its times are not ours. */
export function parseMarker(message: StoredMessage | undefined): Parked | undefined {
  if (message === undefined) return undefined;
  const { why, tries } = JSON.parse(message.body) as ParkedMarker;
  return { why, tries, retryAt: -1, seq: message.seq };
}

/** Why an instance is parked whose input cannot be applied: a restart may want code that is not here. */
export function faultOf(error: unknown): ParkedReason {
  const { code, message, details } = toErrorData(error);
  if (code !== 'UnknownWorkflow') return { kind: 'faulty', message };
  const { workflow, version } = details as { workflow: string; version?: number };
  return { kind: 'unknown-workflow', workflow, version };
}
