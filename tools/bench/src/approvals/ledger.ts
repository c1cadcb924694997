import { Injectable } from '@nestjs/common';

/** Every message that the notifier was asked for: of each kind, how often it came for each approval. */
@Injectable()
export class Ledger {
  readonly #kinds = new Map<string, Map<string, number>>();
  readonly #late: number[] = [];
  #listener: () => void = () => undefined;

  /** @param kind of message: `post`, `reminder 1`, `expired` */
  wrote(kind: string, tokenHash: string): void {
    const times = this.#kinds.get(kind) ?? new Map<string, number>();
    this.#kinds.set(kind, times.set(tokenHash, (times.get(tokenHash) ?? 0) + 1));
    this.#listener();
  }

  /** @param ms from the due time until it was told */
  late(ms: number): void {
    this.#late.push(ms);
  }

  /** How many approvals have had such a message. */
  count(kind: string): number {
    return this.#kinds.get(kind)?.size ?? 0;
  }

  /** Messages beyond the first of their kind for one approval. */
  get repeated(): number {
    const times = [...this.#kinds.values()].flatMap((each) => [...each.values()]);
    return times.reduce((sum, each) => sum + each - 1, 0);
  }

  /** Sorted. */
  get lateness(): readonly number[] {
    return this.#late.toSorted((a, b) => a - b);
  }

  /** Resolves when so many approvals have had such a message. */
  until(kind: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#listener = () => {
        if (this.count(kind) >= count) resolve();
      };
      this.#listener();
    });
  }
}
