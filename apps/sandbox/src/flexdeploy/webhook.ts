import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SandboxConfig } from '../config';
import { IngestionClient, type Answer } from '../ingestion/ingestion.client';
import { Journal } from '../journal/journal';
import type { WebhookEvent } from './events';
import { idJson } from './task-json';
import { Tasks, type Task } from './tasks';
import { vendorTime } from './vendor-time';

/** Milliseconds that ingestion has to answer. */
const ANSWER_WITHIN = 10_000;
/** Milliseconds before each further attempt. */
const BACKOFF = [500, 1000, 2000, 4000, 8000];

/**
 * FlexDeploy's outgoing webhook. An event that is not taken is sent again a few times, later and later;
 * what is still to be sent is forgotten when everything is, and when the service stops.
 *
 * The envelope is the vendor's; what `payload` holds is not documented: ingestion looks it up by paths
 * (FLEXDEPLOY_WEBHOOK_PATHS).
 */
@Injectable()
export class Webhook implements OnModuleDestroy {
  private sending = new AbortController();

  constructor(
    private readonly config: SandboxConfig,
    private readonly ingestion: IngestionClient,
    private readonly tasks: Tasks,
    journal: Journal,
  ) {
    journal.attach(({ kind }) => kind === 'reset' && this.forget());
  }

  onModuleDestroy(): void {
    this.sending.abort();
  }

  /** Resolves after the first attempt; the others go on by themselves. */
  async send(event: WebhookEvent, task: Task, actor: string): Promise<void> {
    const body = JSON.stringify(envelopeOf(event, task, actor));
    const { signal } = this.sending;
    const first = await this.attempt(event, task, { body, attempt: 1, signal });
    if (isToRepeat(first)) void this.repeat(event, task, { body, signal });
  }

  private async repeat(
    event: WebhookEvent,
    task: Task,
    { body, signal }: { body: string; signal: AbortSignal },
  ): Promise<void> {
    for (const [i, wait] of BACKOFF.entries()) {
      await pause(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (!isToRepeat(await this.attempt(event, task, { body, attempt: i + 2, signal }))) return;
    }
  }

  private async attempt(
    event: WebhookEvent,
    { taskId }: Task,
    { body, attempt, signal }: { body: string; attempt: number; signal: AbortSignal },
  ): Promise<Answer> {
    const secret = this.config.flexdeployWebhookSecret;
    const answer = await this.ingestion.post({
      path: '/flexdeploy/webhook',
      contentType: 'application/json',
      headers: secret === undefined ? {} : { 'X-FlexDeploy-Secret': secret },
      body,
      answerWithin: ANSWER_WITHIN,
    });
    if (!signal.aborted) this.tasks.recordSent(taskId, event, attempt, answer);
    return answer;
  }

  private forget(): void {
    this.sending.abort();
    this.sending = new AbortController();
  }
}

/** Nobody answered, or it may be taken later. */
const isToRepeat = ({ status }: Answer) => status === 0 || status === 429 || status >= 500;

function envelopeOf(eventType: WebhookEvent, task: Task, actor: string) {
  const { taskId, description, environmentName, projectName, requestedBy, status, notes } = task;
  return {
    eventType,
    actor,
    object: 'Task',
    timestamp: vendorTime(new Date()),
    payload: {
      taskId: idJson(taskId),
      description,
      environmentName,
      projectName,
      requestedBy,
      status,
      notes,
    },
  };
}
