import type { CoordinatorShares, ShardGift } from '@countersign/contracts';

/** All in milliseconds. */
export interface SharingTimes {
  /** Between two words of a coordinator. */
  readonly say: number;
  /** Who has not been heard for so long is not there. */
  readonly silence: number;
  /** Nothing is given while it is not that long ago that somebody came, went, or gave something. */
  readonly calm: number;
  /** What the others get to make way before the giver does. */
  readonly headStart: number;
  /** How long those who make way do not ask for the shard's inputs. */
  readonly away: number;
}

export const SHARING_TIMES: SharingTimes = {
  say: 1_000,
  silence: 4_000,
  calm: 3_000,
  headStart: 250,
  away: 2_000,
};

/** Nobody should lead two more than another. */
const EVEN = 2;

interface Member {
  readonly shards: readonly number[];
  /** When it was heard last. */
  readonly at: number;
}

/** Which coordinators there are and what they have, as far as one of them has heard. Times are those of one clock, in milliseconds. */
export class Picture {
  readonly #members = new Map<string, Member>();
  /** Given to these, and not yet seen with anybody: a shard without inputs is nobody's. */
  readonly #promised = new Map<number, string>();
  #changed: number;

  constructor(
    private readonly times: SharingTimes,
    now: number,
  ) {
    this.#changed = now;
  }

  hear({ name, shards, gives, leaves = false }: CoordinatorShares, now: number): void {
    if (leaves) return this.#gone(name, now);
    if (!this.#members.has(name) || gives !== undefined) this.#changed = now;
    this.#members.set(name, { shards, at: now });
    for (const shard of shards) this.#promised.delete(shard);
    if (gives !== undefined) this.#promised.set(gives.shard, gives.to);
  }

  /**
   * What this one should give to whom, so that everybody leads as many. One at a time gives, the same in everybody's
   * picture, and each gift makes the shares more even: so it ends.
   */
  giftOf(name: string, now: number): ShardGift | undefined {
    for (const [other, { at }] of this.#members) if (now - at > this.times.silence) this.#gone(other, now);
    if (now - this.#changed < this.times.calm) return undefined;
    const byShare = [...this.#members.keys()]
      .map((member) => ({ member, share: this.#shareOf(member) }))
      .sort((a, b) => a.share - b.share || (a.member < b.member ? -1 : 1));
    const [least, most] = [byShare[0], byShare.at(-1)];
    if (least === undefined || most?.member !== name || most.share - least.share < EVEN) return undefined;
    const shard = this.#members.get(name)?.shards[0];
    return shard === undefined ? undefined : { shard, to: least.member };
  }

  #shareOf(name: string): number {
    const promised = [...this.#promised.values()].filter((to) => to === name).length;
    return (this.#members.get(name)?.shards.length ?? 0) + promised;
  }

  #gone(name: string, now: number): void {
    if (this.#members.delete(name)) this.#changed = now;
    for (const [shard, to] of this.#promised) if (to === name) this.#promised.delete(shard);
  }
}
