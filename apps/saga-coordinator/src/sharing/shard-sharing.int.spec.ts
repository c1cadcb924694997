import { COORDINATOR_SHARES } from '@countersign/contracts';
import { ensureTopology, JetStreamConnection, ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { eventually, type NatsServer, PATIENCE, startNatsServer } from '@countersign/testing';
import { WorkflowRegistry } from '@countersign/workflow';
import { Logger } from '@nestjs/common';
import { CoordinatorConfig } from '../config';
import { Coordinator } from '../coordinator';
import { definitions } from '../testing/workflows';

const SHARDS = 4;
/** Milliseconds between two starts. */
const PACE = 20;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** As a process has it. */
class Process {
  private constructor(
    readonly coordinator: Coordinator,
    private readonly logs: ShardLogs,
  ) {}

  static async open({ url }: NatsServer): Promise<Process> {
    const connection = await JetStreamConnection.open({ servers: url, name: 'coordinator' });
    const logs = new ShardLogs(connection, SHARDS);
    const config = Object.assign(new CoordinatorConfig(), { shards: SHARDS });
    const coordinator = new Coordinator(connection, logs, new WorkflowRegistry(definitions), config);
    await coordinator.onApplicationBootstrap();
    return new Process(coordinator, logs);
  }

  async close(): Promise<void> {
    await this.coordinator.beforeApplicationShutdown();
    this.logs.close();
    await this.logs.connection.close();
  }
}

describe('shards of several coordinators', () => {
  let server: NatsServer;
  let logs: ShardLogs;
  let client: WorkflowClient;
  let processes: Process[] = [];
  const started: string[] = [];
  let load: Promise<void>;
  let isOver = false;

  const startNow = async () => {
    const id = `instance-${started.length}`;
    started.push(id);
    await client.start({ workflow: 'for-ever', id, input: { peer: 'nobody', size: 1 } });
  };
  const come = async () => {
    const process = await Process.open(server);
    processes.push(process);
    return process;
  };
  const go = async (process: Process) => {
    processes = processes.filter((other) => other !== process);
    await process.close();
  };
  const shares = () => processes.map(({ coordinator }) => coordinator.held().length).sort();
  const becomes = async (wanted: readonly number[]) => {
    await eventually(
      () => Promise.resolve(shares()),
      (found) => String(found) === String(wanted),
    );
  };

  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await startNatsServer();
    const connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: SHARDS, durability: 'single' });
    logs = new ShardLogs(connection, SHARDS);
    client = new WorkflowClient(logs);
    load = (async () => {
      for (; !isOver; await pause(PACE)) await startNow();
    })();
  });
  afterAll(async () => {
    isOver = true;
    await load;
    for (const process of processes) await process.close();
    logs.close();
    await logs.connection.close();
    await server.stop();
  });

  it('are one’s alone, then even among all that come, and go on when one goes; every input is handled', async () => {
    const first = await come();
    await becomes([4]);
    await come();
    await becomes([2, 2]);
    await come();
    await becomes([1, 1, 2]);
    // What is no word of a coordinator changes nothing.
    const { nc } = logs.connection;
    for (const garbage of ['', 'null', '[]', '{"name":"x"}', '{"name":"x","shards":[],"gives":null}'])
      nc.publish(COORDINATOR_SHARES, garbage);
    await go(first);
    await becomes([2, 2]);
    isOver = true;
    await load;
    for (const id of started) {
      const view = await client.waitFor(id, ({ step }) => step?.status === 'Running', PATIENCE);
      expect([id, view?.status]).toEqual([id, 'Running']);
    }
    expect(processes.map(({ coordinator }) => coordinator.check())).toEqual([true, true]);
  }, 300_000);
});
