import { InstanceHistory, WorkflowClient } from '@countersign/jetstream';
import { isTerminal } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { checkInstanceId, unknownInstance } from './checks';
import { historyEvents } from './history-events';
import { statusOf, type InstanceStatus } from './instance-status';
import type { StatusQuery } from './queries';

/** How much of a history is shown, in bytes of JSON. */
const MAX_HISTORY = 16 * 1024 * 1024;

@Injectable()
export class ReadInstance {
  constructor(
    private readonly client: WorkflowClient,
    private readonly history: InstanceHistory,
  ) {}

  /** As soon as the instance has ended; undefined when it has not in time. */
  async ended(id: string, timeoutMs: number): Promise<InstanceStatus | undefined> {
    const view = await this.client.waitFor(id, ({ status }) => isTerminal(status), timeoutMs);
    return view !== undefined && isTerminal(view.status) ? this.run(id, {}) : undefined;
  }

  /** @throws Problem 400, 404 */
  async run(id: string, query: StatusQuery): Promise<InstanceStatus> {
    checkInstanceId(id);
    const view = await this.client.read(id);
    if (view === undefined) throw unknownInstance();
    const { showHistory = false, showHistoryOutput = false, showInput = true } = query;
    const started = showInput ? await this.history.started(id) : undefined;
    const status = statusOf(view, started?.body.input ?? null);
    if (!showHistory) return status;
    const stored = await this.history.read(view, MAX_HISTORY);
    return {
      ...status,
      historyEvents: historyEvents(stored, { input: showInput, output: showHistoryOutput }),
    };
  }
}
