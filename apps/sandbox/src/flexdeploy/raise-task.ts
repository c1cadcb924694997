import { Injectable } from '@nestjs/common';
import { SandboxConfig } from '../config';
import type { Raised } from './events';
import { Tasks, type Task } from './tasks';

/** Milliseconds that ingestion has to answer. */
const ANSWER_WITHIN = 10_000;

/** Raises a task at ingestion, as FlexDeploy does when a release waits for approval. */
@Injectable()
export class RaiseTask {
  constructor(
    private readonly config: SandboxConfig,
    private readonly tasks: Tasks,
  ) {}

  /** Never throws for what ingestion does: its answer is kept with the task. */
  async raise({ taskId, description }: Task): Promise<void> {
    this.tasks.recordRaised(taskId, await this.notify({ taskid: taskId, description }));
  }

  private async notify(input: { taskid: string; description: string }): Promise<Raised> {
    try {
      const response = await fetch(new URL('/api/orchestrators/NotifyOnTask', this.config.ingestionUrl), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(input),
        signal: AbortSignal.timeout(ANSWER_WITHIN),
      });
      const statusUri = response.headers.get('location');
      const body = (await response.text()).slice(0, 2000);
      return { status: response.status, body, ...(statusUri === null ? {} : { statusUri }) };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return { status: 0, body: cause instanceof Error ? cause.message : String(cause) };
    }
  }
}
