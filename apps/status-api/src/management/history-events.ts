/**
 * The history of an instance in the words of Durable Functions, whose clients show it. As there, a
 * scheduled activity or child is one event together with its result once it has one.
 *
 * Beside its fields each event has ours: the sequences of its step and of its input, and what became
 * of the input where it was not simply applied. Event types that Durable Functions lacks: an input
 * that is still to be applied (`InputPending`), an event that is waited for (`EventAwaited`), commands that were withdrawn
 * (`TaskCanceled`, `TimerCanceled`), `ExecutionCanceled`, `ExecutionRestarted`, `ExecutionPurged`, `PatchApplied`, and
 * `HistoryTruncated` at the end of what is too long to be shown.
 */
import type { StoredHistory } from '@countersign/jetstream';
import {
  isTerminal,
  type AppliedInput,
  type CommandRecord,
  type Continuation,
  type Control,
  type Disposition,
  type Input,
  type InputBody,
  type Json,
  type RuntimeStatus,
  type Step,
} from '@countersign/workflow';

export interface HistoryEvent {
  readonly EventType: string;
  /** ISO 8601. */
  readonly Timestamp: string;
  /** Of the activity, workflow, event or patch. */
  readonly Name?: string;
  readonly FunctionName?: string;
  /** When what ended here was scheduled. */
  readonly ScheduledTime?: string;
  /** When a timer was due. */
  readonly FireAt?: string;
  readonly Input?: Json;
  readonly Result?: Json;
  readonly Reason?: string;
  readonly Details?: Json;
  readonly OrchestrationStatus?: RuntimeStatus;
  /** Of the instance that a signal was sent to. */
  readonly InstanceId?: string;
  /** Who sent a command. */
  readonly By?: string;
  /** The trace from which it was sent (W3C Trace Context); of a start, that of the instance. */
  readonly TraceParent?: string;
  /** Stream sequences. */
  readonly StepSequence?: number;
  readonly InputSequence?: number;
  /** Number of the command in its run. */
  readonly Number?: number;
  readonly Outcome?: Disposition;
  /** Why it was not applied. */
  readonly Why?: string;
}

export interface Shown {
  readonly input: boolean;
  readonly output: boolean;
}

interface Scheduled {
  readonly event: HistoryEvent;
  readonly kind: CommandRecord['kind'];
}

export function historyEvents({ steps, inputs, complete }: StoredHistory, shown: Shown): HistoryEvent[] {
  const teller = new Teller(inputs, shown);
  for (const { seq, step } of steps) teller.tell(seq, step);
  return teller.end(complete);
}

const time = (ms: number): string => new Date(ms).toISOString();

const CONTROL_EVENTS = {
  terminate: 'ExecutionTerminated',
  cancel: 'ExecutionCanceled',
  suspend: 'ExecutionSuspended',
  resume: 'ExecutionResumed',
  rewind: 'ExecutionRewound',
  restart: 'ExecutionRestarted',
  purge: 'ExecutionPurged',
} as const satisfies Record<Control['type'], string>;

const SCHEDULING = {
  task: 'TaskScheduled',
  timer: 'TimerCreated',
  wait: 'EventAwaited',
  child: 'SubOrchestrationInstanceCreated',
  signal: 'EventSent',
  patch: 'PatchApplied',
} as const satisfies Record<CommandRecord['kind'], string>;

class Teller {
  private readonly events: HistoryEvent[] = [];
  /** By run and number. */
  private readonly scheduled = new Map<string, Scheduled>();
  /** Absorbed by the event of their result. */
  private readonly absorbed = new Set<HistoryEvent>();
  private readonly listed = new Set<number>();
  private status: RuntimeStatus | undefined;

  constructor(
    private readonly inputs: ReadonlyMap<number, Input>,
    private readonly shown: Shown,
  ) {}

  tell(seq: number, step: Step): void {
    for (const applied of step.inputs) {
      this.listed.add(applied.seq);
      const body = this.inputs.get(applied.seq)?.body;
      if (body === undefined) continue;
      this.add({ ...this.ofInput(body, applied), StepSequence: seq });
      if ((body.type === 'restart' || body.type === 'rewind') && applied.outcome === 'applied')
        this.status = undefined;
    }
    if (step.continued !== undefined) this.ofContinuation(seq, step, step.continued);
    for (const command of step.commands) this.ofCommand(command, seq, step);
    for (const n of step.canceled) this.ofCanceled(n, seq, step);
    if (isTerminal(step.status) && this.status !== step.status && !step.purged) {
      const { result, error } = step;
      this.add({
        EventType: 'ExecutionCompleted',
        Timestamp: time(step.updatedAt),
        OrchestrationStatus: step.status,
        ...(this.shown.output && { Result: result ?? error?.message ?? null }),
        ...(error && { Reason: error.message, Details: { ...error } }),
        StepSequence: seq,
      });
    }
    this.status = step.status;
  }

  /** What is applied again is listed, although the step that lists it may be gone. */
  private ofContinuation(seq: number, { run, updatedAt }: Step, { input, pending }: Continuation): void {
    for (const kept of [run, ...pending]) this.listed.add(kept);
    for (const { seq, body } of this.inputs.values()) if (body.type === 'started') this.listed.add(seq);
    this.add({
      EventType: 'ContinueAsNew',
      Timestamp: time(updatedAt),
      ...(this.shown.input && { Input: input }),
      StepSequence: seq,
    });
  }

  end(complete: boolean): HistoryEvent[] {
    if (complete) {
      for (const input of this.inputs.values())
        if (!this.listed.has(input.seq)) this.add(this.ofUnlisted(input));
    } else this.add({ EventType: 'HistoryTruncated', Timestamp: this.events.at(-1)?.Timestamp ?? time(0) });
    return this.events.filter((event) => !this.absorbed.has(event));
  }

  /** No step of an instance that has ended will list an event: it came too late, and is kept to be seen here. */
  private ofUnlisted({ seq, at, body }: Input): HistoryEvent {
    if (body.type === 'event' && this.status !== undefined && isTerminal(this.status))
      return this.ofInput(body, { seq, at, outcome: 'late', why: `the instance is ${this.status}` });
    return { EventType: 'InputPending', Timestamp: time(at), Name: body.type, InputSequence: seq };
  }

  private add(event: HistoryEvent): void {
    this.events.push(event);
  }

  private ofInput(body: InputBody, { seq, at, outcome, why }: AppliedInput): HistoryEvent {
    const common = {
      Timestamp: time(at),
      InputSequence: seq,
      ...(outcome !== 'applied' && { Outcome: outcome }),
      ...(why !== undefined && { Why: why }),
      ...(body.trace !== undefined && { TraceParent: body.trace }),
    };
    const input = (value: Json) => this.shown.input && { Input: value };
    switch (body.type) {
      case 'started':
        return {
          EventType: 'ExecutionStarted',
          ...common,
          FunctionName: body.workflow,
          ...input(body.input),
        };
      case 'event':
        return { EventType: 'EventRaised', ...common, Name: body.name, ...input(body.data) };
      case 'timer': {
        const fired = outcome === 'applied' ? this.scheduled.get(`${body.run}/${body.n}`) : undefined;
        return { EventType: 'TimerFired', ...common, FireAt: time(body.due), ...scheduledTime(fired) };
      }
      case 'completed':
      case 'failed':
        return this.ofResult(body, common, outcome);
      default:
        return {
          EventType: CONTROL_EVENTS[body.type],
          ...common,
          ...(body.reason !== undefined && { Reason: body.reason }),
          ...(body.by !== undefined && { By: body.by }),
        };
    }
  }

  private ofResult(
    body: Extract<InputBody, { type: 'completed' | 'failed' }>,
    common: Omit<HistoryEvent, 'EventType'>,
    outcome: Disposition,
  ): HistoryEvent {
    const of = this.scheduled.get(`${body.run}/${body.n}`);
    const what = of?.kind === 'child' ? 'SubOrchestrationInstance' : 'Task';
    if (of !== undefined && outcome === 'applied') this.absorbed.add(of.event);
    const end =
      body.type === 'completed'
        ? { EventType: `${what}Completed`, ...(this.shown.output && { Result: body.result }) }
        : { EventType: `${what}Failed`, Reason: body.error.message, Details: { ...body.error } };
    return {
      ...end,
      ...common,
      ...(of?.event.Name !== undefined && { FunctionName: of.event.Name }),
      ...scheduledTime(of),
      ...(of?.event.Input !== undefined && { Input: of.event.Input }),
      Number: body.n,
    };
  }

  private ofCommand({ n, kind, name, args }: CommandRecord, seq: number, { run, updatedAt }: Step): void {
    const event: HistoryEvent = {
      EventType: SCHEDULING[kind],
      Timestamp: time(updatedAt),
      ...(name !== '' && { Name: name }),
      ...(this.shown.input && args !== undefined && { Input: args }),
      StepSequence: seq,
      Number: n,
    };
    this.add(event);
    this.scheduled.set(`${run}/${n}`, { event, kind });
  }

  /** Waits that were given up are no news. */
  private ofCanceled(n: number, seq: number, { run, updatedAt }: Step): void {
    const of = this.scheduled.get(`${run}/${n}`);
    if (of === undefined || !(of.kind === 'task' || of.kind === 'timer')) return;
    this.add({
      EventType: of.kind === 'task' ? 'TaskCanceled' : 'TimerCanceled',
      Timestamp: time(updatedAt),
      ...(of.event.Name !== undefined && { FunctionName: of.event.Name }),
      ...scheduledTime(of),
      StepSequence: seq,
      Number: n,
    });
  }
}

const scheduledTime = (of: Scheduled | undefined) => of && { ScheduledTime: of.event.Timestamp };
