export const TASK_STATUSES = ['PENDING', 'APPROVED', 'REJECTED'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const TASK_ACTIONS = ['approve', 'reject'] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

/** What ingestion answered when a task was raised there. */
export interface Raised {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The body, or why there was no answer. */
  readonly body: string;
  /** Status URL of the instance that was started. */
  readonly statusUri?: string;
}

export type FlexDeployEvent =
  | {
      readonly kind: 'flexdeploy.created';
      readonly taskId: string;
      readonly description: string;
      readonly at: string;
    }
  | { readonly kind: 'flexdeploy.raised'; readonly taskId: string; readonly raised: Raised }
  | {
      readonly kind: 'flexdeploy.decided';
      readonly taskId: string;
      readonly at: string;
      readonly action: TaskAction;
      readonly by: string;
      readonly notes?: string;
    };
