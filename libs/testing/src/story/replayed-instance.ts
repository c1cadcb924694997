import { deepStrictEqual, ok } from 'node:assert/strict';
import {
  Execution,
  isTerminal,
  replay,
  WorkflowRegistry,
  type Command,
  type Control,
  type Decision,
  type ErrorData,
  type Input,
  type InputBody,
  type JournalEntry,
  type Json,
  type RuntimeStatus,
  type Started,
  type Step,
  type TaskCommand,
  type WorkflowDefinition,
} from '@countersign/workflow';

/** A step must fit into one message, its headers included. */
const MAX_STEP_BYTES = 1_000_000;
/** Where a run's number can be told from a command's. */
const FIRST_SEQ = 100;

export interface InstanceOptions {
  readonly id?: string;
  /** Milliseconds since the epoch at the start. */
  readonly now?: number;
  /** Inputs that decide nothing wait for company, as a coordinator lets them. */
  readonly holds?: boolean;
}

/**
 * One instance with its journal in memory. Every input is applied twice: to the live execution, and
 * to one that is rebuilt from what the journal holds as JSON (the live cache is off). It throws as
 * soon as they differ in anything that can be seen, or an invariant of the engine is broken.
 */
export class ReplayedInstance {
  readonly id: string;
  /** The clock, in milliseconds since the epoch; set it to let time pass. */
  now: number;
  readonly inputs: Input[] = [];
  readonly steps: JournalEntry[] = [];
  readonly decisions: Decision[] = [];
  #registry: WorkflowRegistry;
  readonly #definitions: readonly WorkflowDefinition[];
  readonly #workflow: string;
  readonly #holds: boolean;
  readonly #live: Execution;
  /** Applied, but in no step. */
  #held: Input[] = [];
  #seq = FIRST_SEQ;
  /** What the oldest step decided cannot be made again as a whole. */
  #forgotten = false;

  /** The first definition is the one that {@link start} starts. */
  constructor(
    definitions: readonly [WorkflowDefinition, ...WorkflowDefinition[]],
    options: InstanceOptions = {},
  ) {
    const { id = 'instance', now = Date.parse('2030-01-01T00:00:00Z'), holds = false } = options;
    this.id = id;
    this.now = now;
    this.#holds = holds;
    this.#registry = new WorkflowRegistry(definitions);
    this.#definitions = definitions;
    this.#workflow = definitions[0].name;
    this.#live = new Execution(id, this.#find);
    this.#live.remember(() => ({
      steps: this.steps.map(({ step }) => step).filter(({ run }) => run === this.run),
      bodyOf: (seq) => copy(this.inputs.find((input) => input.seq === seq)!.body),
    }));
  }

  // What can be seen

  get status(): RuntimeStatus {
    return this.#live.status;
  }

  get run(): number {
    return this.#live.run;
  }

  /** The newest step: the public state. */
  get step(): Step {
    const entry = this.steps.at(-1);
    ok(entry, 'no step was taken yet');
    return entry.step;
  }

  /** Decided by the newest step, and to be published. */
  get decision(): Decision {
    const decision = this.decisions.at(-1);
    ok(decision, 'no step was taken yet');
    return decision;
  }

  /** Whether the newest input waits for company. */
  get isHeld(): boolean {
    return this.#held.length > 0;
  }

  earliestDeadline(): number | undefined {
    return this.#live.earliestDeadline();
  }

  /** Commands of this run that were published and still matter, in the order of their numbers. */
  open(): Command[] {
    const published = this.decisions
      .filter(({ step }) => step.run === this.run)
      .flatMap(({ commands }) => commands);
    return published.filter(({ n }) => this.#live.isOpen(n));
  }

  openTasks(): TaskCommand[] {
    return this.open().filter((command) => command.kind === 'task');
  }

  /** Number of the newest command of a kind (and name) that the journal holds, open or not. */
  numberOf(kind: Command['kind'], name = ''): number {
    const records = this.steps.flatMap(({ step }) => (step.run === this.run ? step.commands : []));
    const record = records.findLast((command) => command.kind === kind && command.name === name);
    ok(record, `there is no ${kind} ${name}`);
    return record.n;
  }

  // Inputs

  start(input: Json = null, more: Partial<Started> = {}): Decision {
    return this.give({ type: 'started', workflow: this.#workflow, input, ...more });
  }

  /** The oldest open task of a name ends well. */
  complete(activity: string, result: Json = null): Decision {
    return this.give({ type: 'completed', run: this.run, n: this.#task(activity), result });
  }

  /** The oldest open task of a name fails for good. */
  fail(activity: string, error: Partial<ErrorData> = {}): Decision {
    const whole = { code: 'Broken', message: 'it broke', retryable: false, ...error };
    return this.give({ type: 'failed', run: this.run, n: this.#task(activity), error: whole });
  }

  raise(name: string, data: Json = null): Decision {
    return this.give({ type: 'event', name, data });
  }

  control(type: Control['type'], reason?: string): Decision {
    return this.give({ type, ...(reason !== undefined && { reason }) });
  }

  /** Lets time pass until the earliest open timer is due, and fires it. */
  fire(): Decision {
    const [timer] = this.open()
      .filter((command) => command.kind === 'timer')
      .sort((a, b) => a.due - b.due);
    ok(timer, 'no timer is open');
    this.now = Math.max(this.now, timer.due);
    return this.give({ type: 'timer', run: this.run, n: timer.n, due: timer.due });
  }

  /** The watchdog fires at the earliest `scheduleToClose`. */
  watchdog(): Decision {
    const due = this.earliestDeadline();
    ok(due !== undefined, 'no task is open');
    this.now = Math.max(this.now, due);
    return this.give({ type: 'timer', run: this.run, n: 'w', due });
  }

  /** Applies any input; gives what the newest step decided. */
  give(body: InputBody): Decision {
    const input: Input = { seq: ++this.#seq, at: this.now, body };
    this.inputs.push(copy(input));
    this.#live.apply(copy(input));
    this.#held.push(copy(input));
    const rebuilt = this.#rebuilt();
    this.#compare(rebuilt);
    if (this.#holds && this.#live.decidesNothing) return this.decision;
    return this.#take(rebuilt);
  }

  /** As a coordinator does in time: what is older than the newest continuation is deleted, but for what is applied again. */
  forgetOlder(): void {
    const newest = this.steps.findLastIndex(({ step }) => step.continued !== undefined);
    const settled = this.steps.slice(0, newest + 1).flatMap(({ step }) => step.inputs.map(({ seq }) => seq));
    const { run, continued } = this.steps[newest]!.step;
    const kept = [this.inputs[0]!.seq, run, ...continued!.pending];
    const left = this.inputs.filter(({ seq }) => kept.includes(seq) || !settled.includes(seq));
    this.inputs.splice(0, this.inputs.length, ...left);
    this.steps.splice(0, newest);
    this.decisions.splice(0, newest);
    this.#forgotten = true;
  }

  /** Newer code of a workflow comes. */
  deploy(definition: WorkflowDefinition): void {
    this.#registry = new WorkflowRegistry([...this.#definitions, definition]);
  }

  /** Takes a step that lists what is held. */
  flush(): Decision {
    return this.#take(this.#rebuilt());
  }

  readonly #find = (name: string, version?: number): WorkflowDefinition | undefined =>
    this.#registry.find(name, version);

  #task(activity: string): number {
    const task = this.openTasks().find(({ name }) => name === activity);
    ok(
      task,
      `${activity} is not called; called are: ${this.openTasks()
        .map(({ name }) => name)
        .join(', ')}`,
    );
    return task.n;
  }

  #rebuilt(): Execution {
    const again: Decision[] = [];
    const inputs = new Map(this.inputs.map(({ seq, body }) => [seq, copy(body)]));
    const steps = copy(this.steps);
    const onDecision = (_: JournalEntry, decision: Decision) => again.push(decision);
    const replayed = replay({ id: this.id, find: this.#find, inputs, steps, onDecision });
    ok(replayed.kind === 'ok', `replay: ${JSON.stringify(replayed)}`);
    const from = this.#forgotten ? 1 : 0;
    deepStrictEqual(again.slice(from), this.decisions.slice(from), 'replay regenerates other decisions');
    for (const input of this.#held) replayed.execution.apply(copy(input));
    return replayed.execution;
  }

  #compare(rebuilt: Execution): void {
    const seen = (execution: Execution) => ({
      status: execution.status,
      run: execution.run,
      decidesNothing: execution.decidesNothing,
      earliestDeadline: execution.earliestDeadline(),
      open: this.steps.flatMap(({ step }) => step.commands.filter(({ n }) => execution.isOpen(n))),
      has: this.inputs.map(({ seq }) => execution.has(seq)),
    });
    deepStrictEqual(seen(rebuilt), seen(this.#live), 'the rebuilt execution differs from the live one');
  }

  #take(rebuilt: Execution): Decision {
    const decision = this.#live.take();
    deepStrictEqual(rebuilt.take(), decision, 'the rebuilt execution decides something else');
    this.#checkInvariants(decision);
    this.#held = [];
    this.decisions.push(decision);
    this.steps.push({ seq: ++this.#seq, step: copy(decision.step) });
    this.#live.stored(this.#seq);
    return decision;
  }

  #checkInvariants({ step, commands }: Decision): void {
    const earlier = this.steps.flatMap(({ step: { run, commands } }) => (run === step.run ? commands : []));
    const numbers = [...earlier, ...step.commands].map(({ n }) => n);
    deepStrictEqual(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
      'a number was used twice, or fell',
    );
    const listed = step.inputs.map(({ seq }) => seq);
    deepStrictEqual(
      listed,
      this.#held.map(({ seq }) => seq),
      'the step lists other inputs than it applied',
    );
    const size = Buffer.byteLength(JSON.stringify(step));
    ok(size <= MAX_STEP_BYTES, `the step has ${size} bytes`);
    if (!isTerminal(step.status)) return;
    deepStrictEqual(step.waits, [], 'an instance that has ended waits for events');
    deepStrictEqual(
      numbers.filter((n) => this.#live.isOpen(n)),
      [],
      'an instance that has ended has open commands',
    );
    deepStrictEqual(
      commands.filter(({ kind }) => kind !== 'signal'),
      [],
      'it still publishes',
    );
  }
}

/** What a stream gives back of a value. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
