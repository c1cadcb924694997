import type { Answer } from '../ingestion/ingestion.client';

export const TASK_STATUSES = ['PENDING', 'APPROVED', 'REJECTED'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const TASK_ACTIONS = ['approve', 'reject'] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/** What FlexDeploy's webhook tells of a task. */
export const WEBHOOK_EVENTS = ['Task Created', 'Task Approved', 'Task Rejected'] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** What is entered for a task. */
export interface NewTask {
  readonly description: string;
  readonly environmentName?: string;
  readonly projectName?: string;
  /** FlexDeploy's user who asks for it. */
  readonly requestedBy?: string;
  /** Its webhook tells of it. */
  readonly webhook?: boolean;
}

export type FlexDeployEvent =
  | ({ readonly kind: 'flexdeploy.created'; readonly taskId: string; readonly at: string } & NewTask)
  | { readonly kind: 'flexdeploy.raised'; readonly taskId: string; readonly raised: Answer }
  | {
      readonly kind: 'flexdeploy.sent';
      readonly taskId: string;
      readonly at: string;
      readonly event: WebhookEvent;
      /** 1 for the first one. */
      readonly attempt: number;
      readonly answer: Answer;
    }
  | {
      readonly kind: 'flexdeploy.decided';
      readonly taskId: string;
      readonly at: string;
      readonly action: TaskAction;
      readonly by: string;
      readonly notes?: string;
    };
