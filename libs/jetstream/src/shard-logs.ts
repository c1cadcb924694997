import { shardOf } from '@countersign/contracts';
import type { JetStreamConnection } from './connection';
import { JetStreamLog } from './log';
import { PipelinedPublisher } from './publisher';
import { Requests } from './requests';

/** The logs of all shards, over one publisher and one reader. */
export class ShardLogs {
  readonly publisher: PipelinedPublisher;
  readonly requests: Requests;
  private readonly logs: readonly JetStreamLog[];

  constructor(
    readonly connection: JetStreamConnection,
    readonly shards: number,
  ) {
    this.publisher = new PipelinedPublisher(connection);
    this.requests = new Requests(connection);
    this.logs = Array.from(
      { length: shards },
      (_, shard) => new JetStreamLog(connection, this.publisher, this.requests, shard),
    );
  }

  /** @throws RangeError when there is no such shard. */
  at(shard: number): JetStreamLog {
    const log = this.logs[shard];
    if (log === undefined) throw new RangeError(`There is no shard ${shard} of ${this.shards}`);
    return log;
  }

  /** The log that holds the instance. */
  of(instanceId: string): JetStreamLog {
    return this.at(shardOf(instanceId, this.shards));
  }

  close(): void {
    this.publisher.close();
    this.requests.close();
  }
}
