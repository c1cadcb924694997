/** What each coordinator tells the others every second. Nothing of it is stored: who is not heard is not there. */
export interface CoordinatorShares {
  /** Of the process. */
  readonly name: string;
  /** Shards whose inputs it gets. */
  readonly shards: readonly number[];
  /** Leaves a shard to another process; all but that one make way. */
  readonly gives?: ShardGift;
  /** It goes, and takes nothing more. */
  readonly leaves?: boolean;
}

export interface ShardGift {
  readonly shard: number;
  /** Name of the process. */
  readonly to: string;
}
