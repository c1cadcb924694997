import { IsBoolean, IsIn, IsOptional, Length } from 'class-validator';
import { Problem, validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { TASK_ACTIONS, type TaskAction } from '../flexdeploy/events';
import { RaiseTask } from '../flexdeploy/raise-task';
import { Tasks, type Task } from '../flexdeploy/tasks';

class NewTask {
  /** Default: the next free number. */
  @IsOptional()
  @Length(1, 200)
  taskId?: string;

  @Length(1, 3000)
  description!: string;

  /** Raise it at ingestion as well. */
  @IsOptional()
  @IsBoolean()
  notify?: boolean;
}

class OwnDecision {
  @IsIn(TASK_ACTIONS)
  action!: TaskAction;

  /** FlexDeploy's name of whoever decides there. */
  @Length(1, 100)
  by!: string;
}

/** Looks into the stand-in FlexDeploy, raises tasks and decides them there. */
@Controller('sandbox/api/flexdeploy/tasks')
export class FlexDeployControlController {
  constructor(
    private readonly tasks: Tasks,
    private readonly raiseTask: RaiseTask,
  ) {}

  @Get()
  list(): Task[] {
    return this.tasks.list();
  }

  @Post()
  async create(
    @Body(validated(NewTask)) { taskId, description, notify }: NewTask,
  ): Promise<Task | undefined> {
    const task = this.tasks.create(description, taskId);
    if (task === undefined) throw new Problem(409, `There is a task ${taskId} already.`);
    if (notify === true) await this.raiseTask.raise(task);
    return this.tasks.find(task.taskId);
  }

  /** As if somebody decided in FlexDeploy itself, past Slack. */
  @Post(':taskId/decide')
  @HttpCode(200)
  decide(@Param('taskId') taskId: string, @Body(validated(OwnDecision)) { action, by }: OwnDecision): Task {
    if (this.tasks.find(taskId) === undefined) throw new Problem(404, `There is no task ${taskId}.`);
    const { task, decided } = this.tasks.decide(taskId, action, by);
    if (!decided) throw new Problem(409, `Task ${taskId} is ${task.status} already.`);
    return task;
  }
}
