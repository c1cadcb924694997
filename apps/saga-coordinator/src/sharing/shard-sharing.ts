/** Shards are shared out evenly among the coordinators. Which one gets a shard's inputs stays the server's choice. */
import { COORDINATOR_SHARES, type CoordinatorShares, type ShardGift } from '@countersign/contracts';
import { Broadcast, type JetStreamConnection } from '@countersign/jetstream';
import { Logger } from '@nestjs/common';
import { showShardsLed } from '../metrics';
import { Picture, SHARING_TIMES, type SharingTimes } from './picture';

export interface SharedOut {
  /** Shards whose inputs come to this process now. */
  held(): readonly number[];
  /** Stops asking for a shard's inputs for some milliseconds, and lets go of what is in hand. */
  makeWay(shard: number, away: number): Promise<void>;
}

/**
 * Every coordinator says what it has. One that has too much tells whom a shard is for; all but that one stop asking for
 * it for a moment, so that the server can give it to nobody else. Where a word is lost, another one may get the shard:
 * shares are less even then, and nothing else.
 */
export class ShardSharing {
  readonly #logger = new Logger('ShardSharing');
  readonly #picture: Picture;
  readonly #broadcast: Broadcast<CoordinatorShares>;
  readonly #clock: NodeJS.Timeout;
  #headStart: NodeJS.Timeout | undefined;

  /** @param name of this process: no other has it */
  constructor(
    connection: JetStreamConnection,
    private readonly name: string,
    private readonly shards: SharedOut,
    private readonly times: SharingTimes = SHARING_TIMES,
  ) {
    this.#picture = new Picture(times, performance.now());
    this.#broadcast = new Broadcast(connection, COORDINATOR_SHARES, (word) => this.#hear(word));
    this.#clock = setInterval(() => this.#speak(), times.say);
    this.#speak();
  }

  /** Gives nothing more, and is given nothing. */
  stop(): void {
    clearInterval(this.#clock);
    clearTimeout(this.#headStart);
    this.#broadcast.say({ name: this.name, shards: [], leaves: true });
    this.#broadcast.close();
  }

  #speak(): void {
    const { name } = this;
    const gives = this.#picture.giftOf(name, performance.now());
    const shards = this.shards.held().filter((shard) => shard !== gives?.shard);
    showShardsLed(shards.length);
    this.#broadcast.say({ name, shards, ...(gives && { gives }) });
    if (gives !== undefined) this.#give(gives);
  }

  #give({ shard, to }: ShardGift): void {
    this.#logger.log('a shard is left to another coordinator, which has fewer', { shard, to });
    this.#headStart = setTimeout(() => this.#makeWay(shard), this.times.headStart);
  }

  #hear(word: Partial<CoordinatorShares>): void {
    if (!isWord(word)) return;
    this.#picture.hear(word, performance.now());
    const { name, gives } = word;
    if (gives !== undefined && name !== this.name && gives.to !== this.name) this.#makeWay(gives.shard);
  }

  #makeWay(shard: number): void {
    this.shards
      .makeWay(shard, this.times.away)
      .catch((error) => this.#logger.warn('a shard could not be left to another coordinator', error));
  }
}

const isWord = (word: Partial<CoordinatorShares>): word is CoordinatorShares =>
  typeof word.name === 'string' &&
  Array.isArray(word.shards) &&
  (word.gives === undefined || typeof word.gives?.to === 'string');
