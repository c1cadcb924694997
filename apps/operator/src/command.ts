import type { ShardLogs } from '@countersign/jetstream';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Terminal } from './output';

/** What was typed after the name of a command. */
export interface Call extends Terminal {
  readonly logs: ShardLogs;
  readonly operands: readonly string[];
  /** The text of an option, where it was given. */
  text(option: string): string | undefined;
  /** Whether an option without a text was given. */
  has(option: string): boolean;
}

export interface Command {
  /** What it is called by, and what may follow: `dead-letters show SEQ`. */
  readonly usage: string;
  /** One line. */
  readonly about: string;
  /** Beside `--help`. */
  readonly options: ParseArgsOptionsConfig;
  /** How many operands it takes, at least and at most. */
  readonly operands: readonly [number, number];
  /** What its own help says beyond that. */
  readonly details?: string;
  /** The streams need not be there: it makes them. */
  readonly makesStreams?: true;
  /** @returns whether everything that was asked for is done */
  run(call: Call): Promise<boolean>;
}

/** The command was typed wrongly; nothing was done. */
export class UsageError extends Error {}
