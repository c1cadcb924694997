import { ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { Waits } from '@countersign/service';
import { Module } from '@nestjs/common';
import { StatusApiConfig } from '../config';
import { Changes } from './changes';
import { EventStreams } from './event-stream';
import { EventsController } from './events.controller';
import { LongPoll } from './long-poll';
import { OperationsController } from './operations.controller';
import { Pace } from './pace';
import { StatusReader } from './status-reader';
import { StatusController } from './status.controller';

/** What clients that may only poll can ask for. */
@Module({
  controllers: [StatusController, EventsController, OperationsController],
  providers: [
    {
      provide: Waits,
      inject: [StatusApiConfig],
      useFactory: ({ maxWaits: all, maxWaitsPerAddress: each }: StatusApiConfig) => new Waits({ all, each }),
    },
    {
      provide: Pace,
      inject: [StatusApiConfig],
      useFactory: ({ retryAfterMinSeconds: min, retryAfterMaxSeconds: max }: StatusApiConfig) =>
        new Pace({ min, max }),
    },
    {
      provide: StatusReader,
      inject: [WorkflowClient, ShardLogs, Pace],
      useFactory: (client: WorkflowClient, logs: ShardLogs, pace: Pace) =>
        new StatusReader(client, logs, pace),
    },
    {
      provide: Changes,
      inject: [StatusReader, ShardLogs],
      useFactory: (reader: StatusReader, logs: ShardLogs) => new Changes(reader, logs),
    },
    {
      provide: LongPoll,
      inject: [StatusReader, Changes],
      useFactory: (reader: StatusReader, changes: Changes) => new LongPoll(reader, changes),
    },
    {
      provide: EventStreams,
      inject: [StatusReader, Changes, ShardLogs],
      useFactory: (reader: StatusReader, changes: Changes, logs: ShardLogs) =>
        new EventStreams(reader, changes, logs),
    },
  ],
})
export class StatusModule {}
