import { createHash } from 'node:crypto';
import { notifyOnTask, type NotifyOnTaskInput, taskChanged } from '@countersign/contracts';
import { WorkflowClient } from '@countersign/jetstream';
import { isTerminal } from '@countersign/workflow';
import { Injectable, Logger } from '@nestjs/common';
import { stringify } from 'safe-stable-stringify';
import { IngestionConfig } from '../config';
import { type NamedStart, StartWorkflow } from '../starts/start-workflow';
import { FlexDeployUsers } from './flexdeploy-users';
import { type FlexDeployEvent, missing, notFound, readEvent, readTask, textAt } from './task-event';
import { readPaths, type WebhookPaths } from './webhook-paths';

const CREATED = 'Task Created';
const OF_TASKS = 'Task ';

/** What became of an event: it is stored for the instance, or there is nothing to do with it. */
export type Received = { readonly id: string } | { readonly ignored: string };

/**
 * What FlexDeploy tells of its tasks. A task is one instance, however often and by how many processes at
 * once it is told of: its id leads to the instance's.
 *
 * Events come late, twice and out of order, so none of them is believed: each makes the instance ask
 * FlexDeploy what became of the task, the one that says that it was created, too. What came before the
 * task was known here is thereby made up for.
 */
@Injectable()
export class ReceiveEvent {
  private readonly logger = new Logger('FlexDeploy');
  private readonly paths: WebhookPaths;

  constructor(
    private readonly starts: StartWorkflow,
    private readonly client: WorkflowClient,
    private readonly users: FlexDeployUsers,
    config: IngestionConfig,
  ) {
    this.paths = readPaths(config.flexdeployWebhookPaths);
  }

  /**
   * @throws Problem 400: no event, or a new task whose id or description cannot be found
   * @throws CodedError `StorageUnavailable`: to be sent again
   */
  async run(body: unknown): Promise<Received> {
    const event = readEvent(body);
    if (!event.eventType.startsWith(OF_TASKS)) return { ignored: 'It is about no task.' };
    const taskId = textAt(event, this.paths.taskId);
    if (event.eventType === CREATED) return this.created(event, taskId);
    if (taskId !== undefined) return this.changed(event, this.starts.idOf(startOf(taskId)));
    const why = missing('taskId', this.paths);
    this.logger.warn(`an event was ignored, because its task is not known: ${why}`, {
      event: event.eventType,
    });
    return { ignored: `It names no task: ${why}.` };
  }

  private async created(event: FlexDeployEvent, taskId: string | undefined): Promise<Received> {
    if (taskId === undefined) throw notFound('taskId', this.paths);
    const id = await this.starts.once(startOf(taskId), this.inputOf(event, taskId));
    await this.changed(event, id);
    return { id };
  }

  /** The same event within two minutes is stored once. */
  private async changed(event: FlexDeployEvent, id: string): Promise<Received> {
    const view = await this.client.read(id);
    if (view === undefined) return { ignored: 'No approval of this task is known here.' };
    if (isTerminal(view.status)) return { ignored: 'The approval of this task has ended.' };
    const msgId = createHash('sha256').update(stringify(event)).digest('hex');
    await this.client.raise(id, taskChanged, { eventType: event.eventType }, { msgId });
    return { id };
  }

  private inputOf(event: FlexDeployEvent, taskid: string): NotifyOnTaskInput {
    const { description, requestedBy, facts } = readTask(event, this.paths);
    const asking = requestedBy === undefined ? [] : [{ label: 'Requested by', value: requestedBy }];
    return {
      taskid,
      description,
      facts: [...facts, ...asking],
      ...(requestedBy !== undefined && { requestedBy: this.users.idOf(requestedBy) }),
    };
  }
}

const startOf = (taskId: string): NamedStart => ({
  workflow: notifyOnTask.name,
  caller: 'flexdeploy',
  name: taskId,
});
