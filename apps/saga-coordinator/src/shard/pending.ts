import type { Delivery, Input } from '@countersign/workflow';

/** An input in hand: delivered, not acknowledged. */
export class Pending {
  #delivery: Delivery | undefined;
  /** Clock time of the newest delivery or renewal. */
  renewedAt: number;

  constructor(
    readonly input: Input,
    /** Absent for an input that is applied again from the stream (a parked instance's). */
    delivery: Delivery | undefined,
    /** Clock time of the first delivery to this process. */
    readonly receivedAt: number,
  ) {
    this.#delivery = delivery;
    this.renewedAt = receivedAt;
  }

  get seq(): number {
    return this.input.seq;
  }

  get deliveries(): number {
    return this.#delivery?.deliveries ?? 1;
  }

  /** The first message ever on its subject, delivered for the first time: nobody can have applied anything. */
  get isFresh(): boolean {
    return this.#delivery !== undefined && this.#delivery.firstOnSubject && this.#delivery.deliveries === 1;
  }

  /** The same input came again: it is renewed, not applied. */
  deliveredAgain(delivery: Delivery, now: number): void {
    this.#delivery = delivery;
    this.renew(now);
  }

  renew(now: number): void {
    this.renewedAt = now;
    this.#delivery?.working();
  }

  ack(): void {
    this.#delivery?.ack();
  }
}

export function acknowledge(all: readonly Pending[]): void {
  for (const pending of all) pending.ack();
}

export const seqsOf = (all: readonly Pending[]): number[] => all.map(({ seq }) => seq);
