/** Events that came before their wait, and different names of such events, that one run keeps. */
const MAX_KEPT = 1_000;

/** Events that nobody waits for yet: first in, first out for each name. */
export class EventBuffer {
  readonly #kept = new Map<string, unknown[]>();

  /** False when too many are kept already. */
  keep(name: string, data: unknown): boolean {
    const kept = this.#kept.get(name);
    if (kept === undefined) {
      if (this.#kept.size >= MAX_KEPT) return false;
      this.#kept.set(name, [data]);
      return true;
    }
    if (kept.length >= MAX_KEPT) return false;
    kept.push(data);
    return true;
  }

  has(name: string): boolean {
    return this.#kept.has(name);
  }

  /** Gives the oldest event of a name. */
  take(name: string): unknown {
    const kept = this.#kept.get(name);
    const data = kept?.shift();
    if (kept?.length === 0) this.#kept.delete(name);
    return data;
  }

  clear(): void {
    this.#kept.clear();
  }
}
