import type { InstanceView, StartOutcome, StartRequest, WorkflowClient } from '@countersign/jetstream';
import type { AppliedInput, EventRef } from '@countersign/workflow';

/** Remembers what it was asked; answers what a spec sets. */
export class FakeWorkflowClient {
  readonly starts: StartRequest[] = [];
  readonly raised: { id: string; event: string; data: object; msgId?: string }[] = [];
  /** What comes of an event that is raised. */
  onRaise: (data: object) => void = () => {};
  /** One answer per read; the last one stays. */
  views: (InstanceView | undefined)[] = [undefined];
  startAnswers: StartOutcome['kind'] = 'started';
  outcome: AppliedInput | undefined;
  failure: Error | undefined;

  static asClient(fake: FakeWorkflowClient): WorkflowClient {
    return fake as unknown as WorkflowClient;
  }

  async start(request: StartRequest): Promise<StartOutcome> {
    this.fail();
    this.starts.push(request);
    return { kind: this.startAnswers, id: request.id };
  }

  async raise<D extends object>(
    id: string,
    event: EventRef<D>,
    data: D,
    options: { readonly msgId?: string } = {},
  ): Promise<{ seq: number }> {
    this.fail();
    this.raised.push({ id, event: event.name, data, ...options });
    this.onRaise(data);
    return { seq: 10 + this.raised.length };
  }

  async read(): Promise<InstanceView | undefined> {
    this.fail();
    return this.views.length > 1 ? this.views.shift() : this.views[0];
  }

  async waitFor(_id: string, predicate: (view: InstanceView) => boolean): Promise<InstanceView | undefined> {
    return this.views.find((view) => view !== undefined && predicate(view)) ?? this.views.at(-1);
  }

  async outcomeOf(): Promise<AppliedInput | undefined> {
    return this.outcome;
  }

  private fail(): void {
    if (this.failure) throw this.failure;
  }
}
