import type { EventRaised } from '../protocol/inputs';

/** Events that came before their wait, and different names of such events, that one run keeps. */
const MAX_KEPT = 1_000;

/** An input that raises an event. */
export interface RaisedEvent {
  readonly seq: number;
  readonly body: EventRaised;
}

export interface KeptEvent extends RaisedEvent {
  /** The instance's time when it came, in milliseconds since the epoch. */
  readonly at: number;
}

/** Events that nobody waits for yet: first in, first out for each name. */
export class EventBuffer {
  readonly #kept = new Map<string, KeptEvent[]>();

  /** False when too many are kept already. */
  keep(event: KeptEvent): boolean {
    const { name } = event.body;
    const kept = this.#kept.get(name);
    if (kept === undefined) {
      if (this.#kept.size >= MAX_KEPT) return false;
      this.#kept.set(name, [event]);
      return true;
    }
    if (kept.length >= MAX_KEPT) return false;
    kept.push(event);
    return true;
  }

  /** Gives the oldest event of a name. */
  take(name: string): KeptEvent | undefined {
    const kept = this.#kept.get(name);
    const event = kept?.shift();
    if (kept?.length === 0) this.#kept.delete(name);
    return event;
  }

  /** All of them, in the order in which they came. */
  all(): KeptEvent[] {
    return [...this.#kept.values()].flat().sort((a, b) => a.seq - b.seq);
  }

  clear(): void {
    this.#kept.clear();
  }
}
