/** What the people of these specs do: raise tasks, look into Slack and FlexDeploy, press buttons, ask for the status. */
import type { ApprovalStatus, NotifyOnTaskOutput } from '@countersign/contracts';
import type { ErrorData } from '@countersign/workflow';
import { eventually } from '@countersign/testing';
import { type Answer, type Requester, requester } from './request';

export interface Status {
  readonly id: string;
  readonly status: string;
  readonly customStatus?: ApprovalStatus;
  readonly result?: NotifyOnTaskOutput;
  readonly error?: Pick<ErrorData, 'code' | 'message'>;
}

export interface SlackMessage {
  readonly channel: string;
  readonly ts: string;
  readonly text: string;
  readonly blocks: readonly unknown[];
  readonly metadata: {
    readonly event_payload: { readonly instance_id: string; readonly token_hash: string };
  };
  readonly actions: readonly { readonly action_id: string; readonly value: string }[];
  readonly updated: boolean;
  readonly history: readonly unknown[];
}

export interface FlexDeployTask {
  readonly taskId: string;
  readonly status: 'PENDING' | 'APPROVED' | 'REJECTED';
  readonly notes?: string;
  readonly calls: readonly { readonly action: 'approve' | 'reject'; readonly status: number }[];
}

/** What ingestion answered to a click; status 0 when it did not. */
export interface ClickAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Click {
  readonly action: 'approve' | 'reject';
  readonly user?: { readonly id: string; readonly name: string };
  readonly times?: number;
}

export interface Fault {
  readonly target: 'slack' | 'flexdeploy' | 'mail' | 'fcm';
  readonly mode: 'down' | 'error' | 'slow' | 'rate-limit' | 'unauthorized' | 'off';
  readonly seconds?: number;
  readonly status?: number;
}

export const ANNA = { id: 'U0ANNA', name: 'Anna Lindqvist' };
export const BEN = { id: 'U0BEN', name: 'Ben Carter' };

export class Office {
  readonly request: Requester;

  /** @param url of the gateway */
  constructor(url: string) {
    this.request = requester(url);
  }

  start(input: unknown, headers: Record<string, string> = {}, id = ''): Promise<Answer> {
    return this.request('POST', `/api/orchestrators/NotifyOnTask${id && `/${id}`}`, input, headers);
  }

  /** Raises a task and resolves when its message is in Slack. */
  async raised(
    taskid: string,
    more: { ttlSeconds?: number; reconcileSeconds?: number } = {},
  ): Promise<{ id: string; message: SlackMessage; token: string }> {
    const id = await this.started(taskid, more);
    const message = await this.messageOf(id);
    return { id, message, token: tokenIn(message) };
  }

  async started(
    taskid: string,
    more: { ttlSeconds?: number; reconcileSeconds?: number } = {},
  ): Promise<string> {
    const answer = await this.start({ taskid, description: `Release ${taskid} goes to PROD`, ...more });
    if (answer.status !== 202)
      throw new Error(`Not started: ${answer.status} ${JSON.stringify(answer.body)}`);
    return (answer.body as { id: string }).id;
  }

  async status(id: string): Promise<Status> {
    return (await this.request('GET', `/api/status/${id}`)).body as Status;
  }

  /** Resolves with the last status, once it is the last. */
  async ended(id: string, patience?: number): Promise<Status> {
    const { body } = await eventually(
      () => this.request('GET', `/api/status/${id}`),
      ({ status }) => status === 200,
      patience,
    );
    return body as Status;
  }

  async messages(): Promise<SlackMessage[]> {
    return (await this.ok('GET', '/sandbox/api/slack/messages')) as SlackMessage[];
  }

  async messagesOf(id: string): Promise<SlackMessage[]> {
    return (await this.messages()).filter(({ metadata }) => metadata.event_payload.instance_id === id);
  }

  /** The instance's message, once it is posted and as `accept` wants it. */
  messageOf(id: string, accept?: (message: SlackMessage) => boolean): Promise<SlackMessage> {
    return eventually(async () => (await this.messagesOf(id))[0], accept);
  }

  async tasks(): Promise<FlexDeployTask[]> {
    return (await this.ok('GET', '/sandbox/api/flexdeploy/tasks')) as FlexDeployTask[];
  }

  async task(taskId: string): Promise<FlexDeployTask | undefined> {
    return (await this.tasks()).find((task) => task.taskId === taskId);
  }

  async click({ ts }: SlackMessage, { action, ...more }: Click): Promise<ClickAnswer[]> {
    const path = `/sandbox/api/slack/messages/${ts}/click`;
    return ((await this.ok('POST', path, { action_id: action, ...more })) as { answers: ClickAnswer[] })
      .answers;
  }

  async fault(fault: Fault): Promise<void> {
    await this.ok('POST', '/sandbox/api/faults', fault);
  }

  /** Resolves when the fault has met that many requests. */
  async faultMet(target: Fault['target'], requests: number): Promise<void> {
    type Board = Record<Fault['target'], { readonly requests: number }>;
    await eventually(
      async () => ((await this.ok('GET', '/sandbox/api/faults')) as Board)[target],
      (fault) => fault.requests >= requests,
    );
  }

  async decideInFlexDeploy(taskId: string, action: 'approve' | 'reject'): Promise<void> {
    await this.ok('POST', `/sandbox/api/flexdeploy/tasks/${taskId}/decide`, { action, by: 'fdadmin' });
  }

  async createTask(taskId: string): Promise<void> {
    await this.ok('POST', '/sandbox/api/flexdeploy/tasks', { taskId, description: `Release ${taskId}` });
  }

  private async ok(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.request(method, path, body);
    if (answer.status >= 400)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

export function tokenIn({ actions }: SlackMessage): string {
  const value = actions[0]?.value;
  if (value === undefined) throw new Error('The message has no button');
  return value;
}

/** All that a message says, to look for words in it. */
export const wordsOf = ({ text, blocks }: SlackMessage): string => JSON.stringify([text, blocks]);

export const isClosed = ({ actions }: SlackMessage): boolean => actions.length === 0;
