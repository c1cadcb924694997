/** A set that forgets what was added least recently. */
export class Recent {
  private readonly entries = new Set<string>();

  /** @param most entries that it holds */
  constructor(private readonly most: number) {}

  has(entry: string): boolean {
    return this.entries.has(entry);
  }

  add(entry: string): void {
    this.entries.delete(entry);
    this.entries.add(entry);
    if (this.entries.size > this.most)
      for (const oldest of this.entries) return void this.entries.delete(oldest);
  }
}
