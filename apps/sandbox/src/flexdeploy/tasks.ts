import { Injectable } from '@nestjs/common';
import type { SandboxEvent } from '../journal/events';
import { Journal } from '../journal/journal';
import type { Answer } from '../ingestion/ingestion.client';
import type { NewTask, TaskAction, TaskStatus, WebhookEvent } from './events';

/** A call that asked for a decision, taken or not. */
export interface DecisionCall {
  /** ISO 8601. */
  readonly at: string;
  readonly action: TaskAction;
  /** HTTP status of the answer. */
  readonly status: number;
}

/** One attempt of the webhook to tell of a task. */
export interface Sending {
  /** ISO 8601. */
  readonly at: string;
  readonly event: WebhookEvent;
  /** 1 for the first one. */
  readonly attempt: number;
  readonly answer: Answer;
}

export interface Task extends NewTask {
  readonly taskId: string;
  readonly createdAt: string;
  readonly status: TaskStatus;
  readonly notes?: string;
  /** FlexDeploy's user; for the product that is the user of the adapter, and `notes` say who decided. */
  readonly decidedBy?: string;
  readonly calls: readonly DecisionCall[];
  /** What its webhook sent, oldest first. */
  readonly sent: readonly Sending[];
  /** Set when it was raised at ingestion; `location` is the status of the instance that was started. */
  readonly raised?: Answer;
}

const FIRST_ID = 8901;
const STATUS_AFTER = { approve: 'APPROVED', reject: 'REJECTED' } as const satisfies Record<
  TaskAction,
  TaskStatus
>;

/** The stand-in FlexDeploy's approval tasks. */
@Injectable()
export class Tasks {
  private readonly tasks = new Map<string, Task>();
  private nextId = FIRST_ID;

  constructor(private readonly journal: Journal) {
    journal.attach((event) => this.apply(event));
  }

  /** Oldest first. */
  list(): Task[] {
    return [...this.tasks.values()];
  }

  find(taskId: string): Task | undefined {
    return this.tasks.get(taskId);
  }

  /** `undefined` when the id is taken. Without an id the next free number is used. */
  create(task: NewTask, taskId = this.freeId()): Task | undefined {
    if (this.tasks.has(taskId)) return undefined;
    this.journal.record({ kind: 'flexdeploy.created', taskId, at: new Date().toISOString(), ...task });
    return this.tasks.get(taskId);
  }

  recordSent(taskId: string, event: WebhookEvent, attempt: number, answer: Answer): void {
    const at = new Date().toISOString();
    this.journal.record({ kind: 'flexdeploy.sent', taskId, at, event, attempt, answer });
  }

  recordRaised(taskId: string, raised: Answer): void {
    this.journal.record({ kind: 'flexdeploy.raised', taskId, raised });
  }

  /**
   * The first decision is the one that counts. An unknown task is created first, so that an
   * approval may be started by curl for a task that was never entered here.
   */
  decide(taskId: string, action: TaskAction, by: string, notes?: string): { task: Task; decided: boolean } {
    if (!this.tasks.has(taskId)) this.create({ description: '' }, taskId);
    const decided = this.tasks.get(taskId)?.status === 'PENDING';
    this.journal.record({
      kind: 'flexdeploy.decided',
      taskId,
      at: new Date().toISOString(),
      action,
      by,
      ...(notes === undefined ? {} : { notes }),
    });
    return { task: this.existing(taskId), decided };
  }

  private existing(taskId: string): Task {
    const task = this.tasks.get(taskId);
    if (task === undefined) throw new Error(`Task ${taskId} vanished`);
    return task;
  }

  private freeId(): string {
    while (this.tasks.has(String(this.nextId))) this.nextId += 1;
    return String(this.nextId);
  }

  private apply(event: SandboxEvent): void {
    switch (event.kind) {
      case 'flexdeploy.created': {
        const { kind: _, at: createdAt, ...task } = event;
        this.tasks.set(task.taskId, { ...task, createdAt, status: 'PENDING', calls: [], sent: [] });
        return;
      }
      case 'flexdeploy.raised':
        return this.change(event.taskId, (task) => ({ ...task, raised: event.raised }));
      case 'flexdeploy.sent': {
        const { kind: _, taskId, ...sending } = event;
        return this.change(taskId, (task) => ({
          ...task,
          sent: [...task.sent, sending],
          ...(sending.event === 'Task Created' && { raised: sending.answer }),
        }));
      }
      case 'flexdeploy.decided':
        return this.change(event.taskId, (task) => decided(task, event));
      case 'reset':
        this.tasks.clear();
        this.nextId = FIRST_ID;
    }
  }

  private change(taskId: string, alter: (task: Task) => Task): void {
    const task = this.tasks.get(taskId);
    if (task !== undefined) this.tasks.set(taskId, alter(task));
  }
}

function decided(task: Task, event: SandboxEvent & { kind: 'flexdeploy.decided' }): Task {
  const { at, action, by, notes } = event;
  const pending = task.status === 'PENDING';
  const calls = [...task.calls, { at, action, status: pending ? 200 : 400 }];
  if (!pending) return { ...task, calls };
  return {
    ...task,
    status: STATUS_AFTER[action],
    decidedBy: by,
    calls,
    ...(notes === undefined ? {} : { notes }),
  };
}
