/** Queue `flexdeploy`: FlexDeploy's approval tasks. */
import { IsOptional, IsString, Length, MaxLength } from 'class-validator';
import { defineActivity } from '../define';

const queue = 'flexdeploy';

export class ReadTask {
  @IsString()
  @Length(1, 200)
  taskId!: string;
}

export type FlexDeployTask =
  | { readonly found: false }
  | { readonly found: true; readonly taskId: string; readonly status: string; readonly notes?: string };

export const readTask = defineActivity<FlexDeployTask>()({
  name: 'flexdeploy.readTask',
  queue,
  input: ReadTask,
  description: 'Read an approval task',
});

export class DecideTask {
  @IsString()
  @Length(1, 200)
  taskId!: string;

  /** Carries who decided. */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  notes?: string;
}

export type TaskDecided =
  | { readonly outcome: 'applied' }
  /** FlexDeploy had a decision already; `status` is what it says. */
  | { readonly outcome: 'already-decided'; readonly status: string };

export const approveTask = defineActivity<TaskDecided>()({
  name: 'flexdeploy.approveTask',
  queue,
  input: DecideTask,
  description: 'Approve a task',
});

export const rejectTask = defineActivity<TaskDecided>()({
  name: 'flexdeploy.rejectTask',
  queue,
  input: DecideTask,
  description: 'Reject a task',
});
