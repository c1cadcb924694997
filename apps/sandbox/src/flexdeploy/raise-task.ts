import { Injectable } from '@nestjs/common';
import { IngestionClient } from '../ingestion/ingestion.client';
import { Tasks, type Task } from './tasks';

/** Milliseconds that ingestion has to answer. */
const ANSWER_WITHIN = 10_000;

/** Raises a task at ingestion, as FlexDeploy does when a release waits for approval. */
@Injectable()
export class RaiseTask {
  constructor(
    private readonly ingestion: IngestionClient,
    private readonly tasks: Tasks,
  ) {}

  /** Whatever ingestion answers is kept with the task. */
  async raise({ taskId, description }: Task): Promise<void> {
    const answer = await this.ingestion.post({
      path: '/api/orchestrators/NotifyOnTask',
      contentType: 'application/json',
      body: JSON.stringify({ taskid: taskId, description }),
      answerWithin: ANSWER_WITHIN,
    });
    this.tasks.recordRaised(taskId, answer);
  }
}
