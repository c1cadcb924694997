import type { Answer } from '../ingestion/ingestion.client';

export const TASK_STATUSES = ['PENDING', 'APPROVED', 'REJECTED'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const TASK_ACTIONS = ['approve', 'reject'] as const;
export type TaskAction = (typeof TASK_ACTIONS)[number];

export type FlexDeployEvent =
  | {
      readonly kind: 'flexdeploy.created';
      readonly taskId: string;
      readonly description: string;
      readonly at: string;
    }
  | { readonly kind: 'flexdeploy.raised'; readonly taskId: string; readonly raised: Answer }
  | {
      readonly kind: 'flexdeploy.decided';
      readonly taskId: string;
      readonly at: string;
      readonly action: TaskAction;
      readonly by: string;
      readonly notes?: string;
    };
