import { type FlexDeployTask, ReadTask, readTask } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { FlexDeployClient } from './flexdeploy/flexdeploy.client';

@Controller()
export class ReadTaskHandler {
  constructor(private readonly flexdeploy: FlexDeployClient) {}

  @Activity(readTask)
  read({ taskId }: ReadTask, { signal }: ActivityContext): Promise<FlexDeployTask> {
    return this.flexdeploy.read(taskId, signal);
  }
}
