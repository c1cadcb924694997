import {
  approveTask,
  type DecisionKind,
  DecideTask,
  rejectTask,
  type TaskDecided,
} from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { quoted } from '@countersign/service';
import { TerminalError } from '@countersign/workflow';
import { Controller } from '@nestjs/common';
import { accepted, type Answer } from './flexdeploy/answer';
import { FlexDeployClient } from './flexdeploy/flexdeploy.client';
import { outcomeOf, signedNotes } from './settlement';

/** Approves and rejects tasks. */
@Controller()
export class DecideTaskHandlers {
  constructor(private readonly flexdeploy: FlexDeployClient) {}

  @Activity(approveTask)
  approve(input: DecideTask, context: ActivityContext): Promise<TaskDecided> {
    return this.decide('approve', input, context);
  }

  @Activity(rejectTask)
  reject(input: DecideTask, context: ActivityContext): Promise<TaskDecided> {
    return this.decide('reject', input, context);
  }

  /** A repeated attempt looks first: an earlier one may have been carried out although its answer was lost. */
  private async decide(
    action: DecisionKind,
    input: DecideTask,
    context: ActivityContext,
  ): Promise<TaskDecided> {
    const { taskId, notes } = input;
    const settled = context.attempt > 1 ? await this.settled(action, taskId, context) : undefined;
    if (settled) return settled;
    const signed = signedNotes(notes, context.idempotencyKey);
    const answer = await this.flexdeploy.decide(action, taskId, signed, context.signal);
    if (accepted(answer)) return { outcome: 'applied' };
    if (answer.status === 404) throw notFound(taskId);
    return (await this.settled(action, taskId, context)) ?? refused(action, taskId, answer);
  }

  /** What became of the task, or undefined while it is open (or not there). */
  private async settled(
    action: DecisionKind,
    taskId: string,
    { idempotencyKey, signal }: ActivityContext,
  ): Promise<TaskDecided | undefined> {
    const task = await this.flexdeploy.read(taskId, signal);
    return task.found ? outcomeOf(task, action, idempotencyKey) : undefined;
  }
}

const notFound = (taskId: string): TerminalError =>
  new TerminalError(
    'FlexDeployTaskNotFound',
    `FlexDeploy has no task ${taskId}: it was deleted, or FLEXDEPLOY_URL and FLEXDEPLOY_BASE_PATH lead to another server.`,
  );

function refused(action: DecisionKind, taskId: string, answer: Answer): never {
  throw new TerminalError(
    'FlexDeployRefused',
    `FlexDeploy refused to ${action} task ${taskId} (${answer.status}), which is still pending: ${quoted(answer)}`,
  );
}
