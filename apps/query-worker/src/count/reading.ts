import { setTimeout as pause } from 'node:timers/promises';
import type { Slice } from './slices';
import type { CountedPage, Tally } from './tally';

/** Reads a part from its beginning, or behind the page that `from` came with. */
export type ReadPages = (
  slice: Slice,
  from: string | undefined,
  signal: AbortSignal,
) => AsyncIterable<CountedPage>;

/** What is done again and again while pages are read; never twice at the same time. */
interface Beside {
  /** Milliseconds between the end of one time and the beginning of the next. */
  readonly every: number;
  readonly act: (signal: AbortSignal) => Promise<void>;
}

interface ReadingOptions {
  /** Parts that are read at the same time. */
  readonly parallel: number;
  readonly beside: readonly Beside[];
}

/** Reads the parts of a query that are not read yet, some at a time, into a tally. One failure stops all. */
export class Reading {
  constructor(
    private readonly tally: Tally,
    private readonly pages: ReadPages,
    private readonly options: ReadingOptions,
  ) {}

  /** @throws what the pages, or what is done beside, throw first; nothing of it still runs then */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const finished = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const over = AbortSignal.any([stop, finished.signal]);
    // One iterator: each reader takes the next part that nobody has.
    const slices = this.tally.slices.values();
    const readers = Array.from({ length: this.options.parallel }, () => this.readAll(slices, stop));
    const work = [...readers, ...this.options.beside.map((beside) => again(beside, over, stop))];
    void Promise.allSettled(readers).then(() => finished.abort());
    try {
      await Promise.all(work);
    } catch (error) {
      failed.abort();
      await Promise.allSettled(work);
      throw error;
    }
  }

  private async readAll(slices: Iterator<Slice> & Iterable<Slice>, signal: AbortSignal): Promise<void> {
    for (const slice of slices) await this.read(slice, signal);
  }

  private async read(slice: Slice, signal: AbortSignal): Promise<void> {
    const { done, next } = this.tally.positionOf(slice);
    if (done) return;
    signal.throwIfAborted();
    for await (const page of this.pages(slice, next, signal)) this.tally.add(slice, page);
  }
}

/** What begins before the end is brought to its end, unless it is to stop. */
async function again({ every, act }: Beside, over: AbortSignal, stop: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await pause(every, undefined, { signal: over }).catch(() => undefined);
    if (!over.aborted) await act(stop);
  }
}
