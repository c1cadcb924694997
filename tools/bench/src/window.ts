import type { Load, Message, Times } from './protocol';

export const tell = (message: Message): void => void process.send?.(message);

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Warms up, then opens the window. */
export async function measured(window: Window, { warmUp, seconds }: Times): Promise<void> {
  await pause(warmUp * 1000);
  window.open();
  await pause(seconds * 1000);
  window.close();
}

/** Counts what completes within the measured time, and keeps how long each took. */
export class Window {
  readonly #took: number[] = [];
  #from = Infinity;
  #to = Infinity;

  open(): void {
    this.#from = performance.now();
    tell({ kind: 'window' });
  }

  close(): void {
    this.#to = performance.now();
    tell({ kind: 'window' });
  }

  /** @param started by `performance.now()` */
  completed(started: number): void {
    const now = performance.now();
    if (now >= this.#from && now <= this.#to) this.#took.push(now - started);
  }

  load(): Load {
    const took = this.#took.sort((a, b) => a - b);
    const at = (part: number): number => took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? 0;
    return { completed: took.length, seconds: (this.#to - this.#from) / 1000, p50: at(0.5), p99: at(0.99) };
  }
}
