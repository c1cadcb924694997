import type { Input } from '@countersign/workflow';
import { Pending, seqsOf } from './pending';

/** Those who wait for the watchdog: see `Guard`. */
interface Guarded {
  readonly waiting: readonly Pending[];
}

/**
 * The inputs of one instance that are in hand: delivered, not acknowledged. Each is in one of three places, in the order
 * of its way through the instance:
 *
 * 1. the inbox: not applied to the live execution;
 * 2. applied: the live execution has it, and no stored step lists it;
 * 3. guarded: its step is stored and published; its acknowledgement waits for the watchdog.
 *
 * Keeps the books only: it acknowledges nothing, and what it hands out is not in hand any more.
 */
export class InHand {
  #inbox: Pending[] = [];
  #applied: Pending[] = [];

  constructor(private readonly guard: Guarded) {}

  get inbox(): readonly Pending[] {
    return this.#inbox;
  }

  get applied(): readonly Pending[] {
    return this.#applied;
  }

  get isEmpty(): boolean {
    return this.#inbox.length + this.#applied.length + this.guard.waiting.length === 0;
  }

  /** Sequences of the inbox. */
  get seqs(): number[] {
    return seqsOf(this.#inbox);
  }

  /** Clock time at which the oldest of those that are applied came to this process; Infinity without any. */
  get oldest(): number {
    return Math.min(...this.#applied.map(({ receivedAt }) => receivedAt));
  }

  /** The one with this sequence, wherever it is. */
  find(seq: number): Pending | undefined {
    const is = (pending: Pending): boolean => pending.seq === seq;
    return this.#inbox.find(is) ?? this.#applied.find(is) ?? this.guard.waiting.find(is);
  }

  /** Renews what was not heard of since then. What is guarded is never renewed: it waits for a short time only. */
  renew(now: number, since: number): void {
    for (const pending of [...this.#inbox, ...this.#applied])
      if (pending.renewedAt < since) pending.renew(now);
  }

  receive(pending: Pending): void {
    this.#inbox.push(pending);
  }

  /** Puts an input before all others of the inbox, whether it was delivered or only read from the stream. */
  putFirst(input: Input, now: number): void {
    const [first = new Pending(input, undefined, now)] = this.takeOut(({ seq }) => seq === input.seq);
    this.#inbox.unshift(first);
  }

  /** Adds what was read from the stream and is not in the inbox yet; the inbox is in order of the stream then. */
  recover(inputs: readonly Input[], now: number): void {
    const known = new Set(this.seqs);
    const recovered = inputs
      .filter(({ seq }) => !known.has(seq))
      .map((input) => new Pending(input, undefined, now));
    this.#inbox = [...this.#inbox, ...recovered].sort((a, b) => a.seq - b.seq);
  }

  /** Moves the first of the inbox to those that are applied. */
  next(): Pending | undefined {
    const pending = this.#inbox.shift();
    if (pending !== undefined) this.#applied.push(pending);
    return pending;
  }

  /** Hands out some of the inbox. */
  takeOut(which: (pending: Pending) => boolean): Pending[] {
    const taken = this.#inbox.filter(which);
    if (taken.length > 0) this.#inbox = this.#inbox.filter((pending) => !which(pending));
    return taken;
  }

  /** Hands out all that are applied: a step lists them now. */
  takeApplied(): Pending[] {
    const listed = this.#applied;
    this.#applied = [];
    return listed;
  }

  /**
   * Nothing is applied any more: all of it is to be applied again, in the order of before.
   *
   * @param released by the guard
   */
  drop(released: readonly Pending[]): void {
    this.#inbox = [...released, ...this.#applied, ...this.#inbox];
    this.#applied = [];
  }
}
