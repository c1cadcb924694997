import type {
  ActivityRef,
  ErrorData,
  EventRef,
  Json,
  TaskCommand,
  WorkflowDefinition,
} from '@countersign/workflow';
import { ReplayedInstance } from './replayed-instance';

/**
 * A workflow's behaviour, told as a story: given a workflow that was started, when something
 * happens, then it calls, shows, or ends. Every sentence gives the story back.
 *
 * @example
 * given(greeting, { name: 'Ada' })
 *   .thenCalls(sayHello, { name: 'Ada' })
 *   .whenDone(sayHello, 'Hello')
 *   .thenCompletes('Hello');
 */
export const given = (definition: WorkflowDefinition, input: Json): Story => new Story(definition, input);

export class Story {
  readonly instance: ReplayedInstance;

  constructor(definition: WorkflowDefinition, input: Json) {
    this.instance = new ReplayedInstance([definition]);
    this.instance.start(input);
  }

  // When

  /** The oldest open task of the activity ends well, a withdrawn one included. */
  whenDone<Output>(activity: ActivityRef<unknown, Output>, result: Output): this {
    const n = this.#awaited(activity);
    this.instance.give({ type: 'completed', run: this.instance.run, n, result: result as Json });
    return this.thenInputIs('applied');
  }

  /** It fails for good: terminally, unless `retryable` says that its attempts were used up. */
  whenFails(activity: ActivityRef<unknown, unknown>, code: string, retryable = false): this {
    const error: ErrorData = { code, message: `${activity.name} says ${code}`, retryable };
    this.instance.give({ type: 'failed', run: this.instance.run, n: this.#awaited(activity), error });
    return this.thenInputIs('applied');
  }

  whenRaised<Data>(event: EventRef<Data>, data: Data): this {
    this.instance.raise(event.name, data as Json);
    return this;
  }

  /** Time passes; timers fire, and activities time out, as they are due. */
  whenTimePasses(ms: number): this {
    const { instance } = this;
    const until = instance.now + ms;
    for (;;) {
      const timers = instance.open().flatMap((command) => (command.kind === 'timer' ? [command.due] : []));
      const timer = Math.min(...timers);
      const deadline = instance.earliestDeadline() ?? Infinity;
      if (Math.min(timer, deadline) > until) break;
      if (deadline < timer) instance.watchdog();
      else instance.fire();
    }
    instance.now = until;
    return this;
  }

  whenCancelled(reason = 'cancelled'): this {
    this.instance.control('cancel', reason);
    return this;
  }

  whenTerminated(reason = 'terminated'): this {
    this.instance.control('terminate', reason);
    return this;
  }

  // Then

  /** The activity is called, and nothing else is; `input` is compared in so far as it is given. */
  thenCalls<Input>(activity: ActivityRef<Input, unknown>, input?: Partial<Input>): this {
    const calls = this.instance.openTasks();
    expect(calls.map(({ name }) => name)).toEqual([activity.name]);
    if (input !== undefined) expect(inputOf(calls[0])).toMatchObject(input);
    return this;
  }

  thenCallsNothing(): this {
    expect(this.instance.openTasks().map(({ name }) => name)).toEqual([]);
    return this;
  }

  /** Over the whole story. */
  thenNeverCalled(...activities: readonly ActivityRef<unknown, unknown>[]): this {
    const called = this.instance.steps.flatMap(({ step }) => step.commands.map(({ name }) => name));
    for (const { name } of activities) expect(called).not.toContain(name);
    return this;
  }

  /** How often the activity was called, over the whole story. */
  thenCalledTimes(activity: ActivityRef<unknown, unknown>, times: number): this {
    const calls = this.instance.steps.flatMap(({ step }) => step.commands);
    expect(calls.filter(({ kind, name }) => kind === 'task' && name === activity.name)).toHaveLength(times);
    return this;
  }

  /** What just happened takes back an activity that was called. */
  thenWithdraws(activity: ActivityRef<unknown, unknown>): this {
    expect(this.instance.decision.withdrawn.map(({ name }) => name)).toContain(activity.name);
    return this;
  }

  thenWaitsFor(...events: readonly EventRef<unknown>[]): this {
    expect(this.instance.step.waits).toEqual(events.map(({ name }) => name));
    return this;
  }

  /** The custom status, in so far as it is given. */
  thenShows(status: object): this {
    expect(this.instance.step.customStatus).toMatchObject(status);
    return this;
  }

  /** What became of the newest input. */
  thenInputIs(outcome: 'applied' | 'buffered' | 'late' | 'duplicate' | 'refused'): this {
    expect(this.instance.step.inputs.at(-1)?.outcome).toBe(outcome);
    return this;
  }

  thenIsRunning(): this {
    expect(this.instance.status).toBe('Running');
    return this;
  }

  thenCompletes(result: Json): this {
    expect(this.instance.step).toMatchObject({ status: 'Completed', result });
    return this;
  }

  thenFails(code: string): this {
    expect(this.instance.step).toMatchObject({ status: 'Failed', error: { code } });
    return this;
  }

  thenIsCanceled(): this {
    expect(this.instance.status).toBe('Canceled');
    return this;
  }

  thenIsTerminated(): this {
    expect(this.instance.status).toBe('Terminated');
    return this;
  }

  /** Number of the oldest open task of an activity; of the newest one, where all were withdrawn. */
  #awaited({ name }: ActivityRef<unknown, unknown>): number {
    const open = this.instance.openTasks().find((task) => task.name === name);
    return open?.n ?? this.instance.numberOf('task', name);
  }
}

const inputOf = (task: TaskCommand | undefined): unknown => JSON.parse(task?.args ?? 'null');
