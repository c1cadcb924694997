import { Body, Controller, Get, Param, Put, Query, UseFilters, UseGuards } from '@nestjs/common';
import { SandboxConfig } from '../config';
import { CredentialsGuard } from './credentials.guard';
import type { TaskAction } from './events';
import { FlexDeployError, FlexDeployErrorFilter } from './flexdeploy-error';
import { taskJson } from './task-json';
import { Tasks } from './tasks';

/** FlexDeploy's REST API for approval tasks, version 1. */
@Controller('sandbox/flexdeploy/rest/v1/tasks/approval')
@UseFilters(FlexDeployErrorFilter)
@UseGuards(CredentialsGuard)
export class RestController {
  constructor(
    private readonly tasks: Tasks,
    private readonly config: SandboxConfig,
  ) {}

  /** Every parameter that names a field of a task (`externalId`, `projectId`, …) must match it. */
  @Get()
  search(@Query() query: Record<string, string>) {
    return this.tasks
      .list()
      .map(taskJson)
      .filter((task) => Object.entries(query).every(([name, value]) => matches(task, name, value)));
  }

  @Get(':taskId')
  read(@Param('taskId') taskId: string) {
    const task = this.tasks.find(taskId);
    if (task === undefined) throw new FlexDeployError(404, `Task ${taskId} does not exist`);
    return taskJson(task);
  }

  @Put('approve/:taskId')
  approve(@Param('taskId') taskId: string, @Body() body: unknown) {
    return this.decide(taskId, 'approve', body);
  }

  @Put('reject/:taskId')
  reject(@Param('taskId') taskId: string, @Body() body: unknown) {
    return this.decide(taskId, 'reject', body);
  }

  private decide(taskId: string, action: TaskAction, body: unknown) {
    const { task, decided } = this.tasks.decide(taskId, action, this.config.flexdeployUser, notesOf(body));
    if (!decided) throw new FlexDeployError(400, `Task ${taskId} cannot be changed: it is ${task.status}`);
    return taskJson(task);
  }
}

function notesOf(body: unknown): string | undefined {
  const notes = typeof body === 'object' && body !== null && 'notes' in body ? body.notes : undefined;
  return typeof notes === 'string' ? notes : undefined;
}

function matches(task: Readonly<Record<string, unknown>>, name: string, value: string): boolean {
  return !(name in task) || String(task[name]) === value;
}
