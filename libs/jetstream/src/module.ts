import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { ActivityServer, type ActivityServerOptions } from './activities/activity-server';
import { WorkflowClient } from './client';
import { JetStreamConnection, type ConnectionSettings } from './connection';
import { InstanceHistory } from './history';
import { ShardLogs } from './shard-logs';
import { expectTopology } from './expected-topology';
import { ensureTopology, type Topology } from './topology';

export interface JetStreamSettings extends ConnectionSettings, Topology {
  /** Whether streams and consumers are made (default), or waited for: the user has no right to make any. */
  readonly topology?: 'ensure' | 'expect';
  /** For services with activities. */
  readonly activities?: ActivityServerOptions;
}

/**
 * Owns the process's connection: opened, checked and provisioned before anything that depends on
 * it is made; drained last at shutdown (enable the application's shutdown hooks).
 */
@Module({})
export class JetStreamModule implements OnApplicationShutdown {
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly logs: ShardLogs,
  ) {}

  /**
   * The application does not start when the server is out of reach or too old, the shard count differs, or what is
   * expected is not there in time. What it waits for ends with the `AbortSignal` among its global providers, if there is one.
   */
  static forRoot(settings: JetStreamSettings): DynamicModule {
    return {
      module: JetStreamModule,
      global: true,
      providers: [
        {
          provide: JetStreamConnection,
          inject: [{ token: AbortSignal, optional: true }],
          useFactory: (leaving?: AbortSignal) => openAndProvision({ ...settings, leaving }),
        },
        {
          provide: ShardLogs,
          inject: [JetStreamConnection],
          useFactory: (connection: JetStreamConnection) => new ShardLogs(connection, settings.shards),
        },
        {
          provide: WorkflowClient,
          inject: [ShardLogs],
          useFactory: (logs: ShardLogs) => new WorkflowClient(logs),
        },
        {
          provide: InstanceHistory,
          inject: [ShardLogs],
          useFactory: (logs: ShardLogs) => new InstanceHistory(logs),
        },
        {
          provide: ActivityServer,
          inject: [ShardLogs],
          useFactory: (logs: ShardLogs) => new ActivityServer(logs, settings.activities),
        },
      ],
      exports: [JetStreamConnection, ShardLogs, WorkflowClient, InstanceHistory, ActivityServer],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    this.logs.close();
    await this.connection.close();
  }
}

async function openAndProvision(settings: JetStreamSettings): Promise<JetStreamConnection> {
  const connection = await JetStreamConnection.open(settings);
  try {
    await (settings.topology === 'expect' ? expectTopology : ensureTopology)(connection, settings);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
