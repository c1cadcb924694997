/**
 * Where the steps of instances are, by sequence: an instance that was forgotten to save memory is read back
 * without a search. Whoever uses a trail checks what is there: it may be out of date.
 */
export class Trails {
  /** In order of their last use: the first is forgotten first. */
  readonly #trails = new Map<string, number[]>();
  #size = 0;

  /** @param limit most sequences that are kept, of all instances */
  constructor(private readonly limit: number) {}

  get(id: string): readonly number[] | undefined {
    return this.#trails.get(id);
  }

  set(id: string, seqs: readonly number[]): void {
    this.delete(id);
    this.#keep(id, [...seqs]);
  }

  /** A step was stored; `before` is the one before it, 0 for the first. */
  add(id: string, before: number, seq: number): void {
    const trail = this.#trails.get(id) ?? [];
    if ((trail.at(-1) ?? 0) !== before) return this.delete(id);
    this.delete(id);
    trail.push(seq);
    this.#keep(id, trail);
  }

  delete(id: string): void {
    this.#size -= this.#trails.get(id)?.length ?? 0;
    this.#trails.delete(id);
  }

  #keep(id: string, trail: number[]): void {
    this.#trails.set(id, trail);
    this.#size += trail.length;
    if (this.#size > this.limit) this.#evict();
  }

  #evict(): void {
    for (const oldest of this.#trails.keys()) {
      if (this.#size <= this.limit) return;
      this.delete(oldest);
    }
  }
}
