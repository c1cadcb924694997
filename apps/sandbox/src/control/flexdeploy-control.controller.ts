import { IsIn, IsOptional, Length } from 'class-validator';
import { Problem, validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { TASK_ACTIONS, type TaskAction } from '../flexdeploy/events';
import { RaiseTask } from '../flexdeploy/raise-task';
import { Tasks, type Task } from '../flexdeploy/tasks';
import { Webhook } from '../flexdeploy/webhook';

/** FlexDeploy's user, where nobody is named. */
const SOMEBODY = 'fdadmin';
const EVENTS = { approve: 'Task Approved', reject: 'Task Rejected' } as const;

class NewTask {
  /** Default: the next free number. */
  @IsOptional()
  @Length(1, 200)
  taskId?: string;

  @Length(1, 3000)
  description!: string;

  /** Raises it at ingestion as well: by a start of NotifyOnTask, or as FlexDeploy's own webhook does. */
  @IsOptional()
  @IsIn([true, false, 'webhook'])
  notify?: boolean | 'webhook';

  @IsOptional()
  @Length(1, 200)
  environment?: string;

  @IsOptional()
  @Length(1, 200)
  project?: string;

  /** FlexDeploy's user who asks for it. */
  @IsOptional()
  @Length(1, 200)
  requestedBy?: string;
}

class OwnDecision {
  @IsIn(TASK_ACTIONS)
  action!: TaskAction;

  /** FlexDeploy's name of whoever decides there. */
  @IsOptional()
  @Length(1, 100)
  by?: string;
}

/** Looks into the stand-in FlexDeploy, raises tasks and decides them there. */
@Controller('sandbox/api/flexdeploy/tasks')
export class FlexDeployControlController {
  constructor(
    private readonly tasks: Tasks,
    private readonly raiseTask: RaiseTask,
    private readonly webhook: Webhook,
  ) {}

  @Get()
  list(): Task[] {
    return this.tasks.list();
  }

  @Post()
  async create(@Body(validated(NewTask)) entered: NewTask): Promise<Task | undefined> {
    const { taskId, description, notify, environment, project, requestedBy } = entered;
    const task = this.tasks.create(
      {
        description,
        ...(environment !== undefined && { environmentName: environment }),
        ...(project !== undefined && { projectName: project }),
        ...(requestedBy !== undefined && { requestedBy }),
        ...(notify === 'webhook' && { webhook: true }),
      },
      taskId,
    );
    if (task === undefined) throw new Problem(409, `There is a task ${taskId} already.`);
    if (notify === 'webhook') await this.webhook.send('Task Created', task, requestedBy ?? SOMEBODY);
    else if (notify === true) await this.raiseTask.raise(task);
    return this.tasks.find(task.taskId);
  }

  /** As if somebody decided in FlexDeploy itself, past Slack. Its webhook tells of tasks that it told of before. */
  @Post(':taskId/decide')
  @HttpCode(200)
  async decide(
    @Param('taskId') taskId: string,
    @Body(validated(OwnDecision)) { action, by = SOMEBODY }: OwnDecision,
  ): Promise<Task | undefined> {
    if (this.tasks.find(taskId) === undefined) throw new Problem(404, `There is no task ${taskId}.`);
    const { task, decided } = this.tasks.decide(taskId, action, by);
    if (!decided) throw new Problem(409, `Task ${taskId} is ${task.status} already.`);
    if (task.webhook === true) await this.webhook.send(EVENTS[action], task, by);
    return this.tasks.find(taskId);
  }
}
