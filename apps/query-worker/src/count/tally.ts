import type { CountDistinctProgress } from '@countersign/contracts';
import { TerminalError } from '@countersign/workflow';
import type { Slice } from './slices';

/** How far a part is read. */
export interface Position {
  /** Rows up to here. */
  readonly rows: number;
  /** Where to go on: where the part begins without one. */
  readonly next?: string;
  readonly done: boolean;
}

/** What was read of a part, and what of it is asked for. */
export interface CountedPage {
  readonly values: readonly string[];
  readonly rows: number;
  /** Where the next page begins; undefined after the last one. */
  readonly next?: string;
}

/** What a checkpoint does not hold yet. The positions cover no other new values than these. */
export interface Unsaved {
  readonly values: readonly string[];
  /** By name of the part. */
  readonly positions: ReadonlyMap<string, Position>;
}

/** Most values: a set of V8 takes some more, and a process has no memory for that many. */
const MOST_VALUES = 16_000_000;
const BEGINNING: Position = { rows: 0, done: false };

/**
 * The state of one query: the distinct values, and for each part how far it is read. Its memory is that of
 * the distinct values; no row is kept.
 *
 * 1. A value is in the set before the position that covers it moves, in one go: nothing sees one without
 *    the other.
 * 2. `take` hands out what is new since the last one: values and the positions that cover them. What could
 *    not be saved is given back, and belongs to the next `take`.
 */
export class Tally {
  readonly #values = new Set<string>();
  readonly #positions = new Map<string, Position>();
  #unsavedValues: string[] = [];
  #moved = new Set<string>();

  constructor(readonly slices: readonly Slice[]) {
    for (const { name } of slices) this.#positions.set(name, BEGINNING);
  }

  get distinct(): number {
    return this.#values.size;
  }

  positionOf({ name }: Slice): Position {
    return this.#positions.get(name) ?? BEGINNING;
  }

  /** @throws TerminalError `TooManyValues` */
  add(slice: Slice, { values, rows, next }: CountedPage): void {
    for (const value of values) if (this.#insert(value)) this.#unsavedValues.push(value);
    const position = { rows: this.positionOf(slice).rows + rows, done: next === undefined };
    this.#positions.set(slice.name, next === undefined ? position : { ...position, next });
    this.#moved.add(slice.name);
  }

  /** Adds what a checkpoint holds. Of two positions of a part the further one counts; unknown parts do not. */
  recall({ values, positions }: Unsaved): void {
    for (const value of values) this.#insert(value);
    for (const [name, position] of positions) {
      const known = this.#positions.get(name);
      if (known === undefined || known.done) continue;
      if (position.done || position.rows >= known.rows) this.#positions.set(name, position);
    }
  }

  /** What is new since the last time; undefined when nothing is. */
  take(): Unsaved | undefined {
    if (this.#moved.size === 0) return undefined;
    const positions = new Map([...this.#moved].map((name) => [name, this.#positions.get(name) ?? BEGINNING]));
    const unsaved = { values: this.#unsavedValues, positions };
    this.#unsavedValues = [];
    this.#moved = new Set();
    return unsaved;
  }

  giveBack({ values, positions }: Unsaved): void {
    this.#unsavedValues = values.concat(this.#unsavedValues);
    for (const name of positions.keys()) this.#moved.add(name);
  }

  get progress(): CountDistinctProgress {
    const positions = [...this.#positions.values()];
    return {
      partitions: positions.length,
      partitionsDone: positions.filter(({ done }) => done).length,
      rows: positions.reduce((sum, { rows }) => sum + rows, 0),
      distinct: this.distinct,
    };
  }

  #insert(value: string): boolean {
    if (this.#values.has(value)) return false;
    if (this.#values.size === MOST_VALUES)
      throw new TerminalError(
        'TooManyValues',
        `There are more than ${MOST_VALUES} distinct values between these days: ask for fewer days.`,
      );
    this.#values.add(value);
    return true;
  }
}
