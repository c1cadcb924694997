/**
 * An instance as a fold over its inputs. Pure: knows no clock and does no I/O. Give it inputs in
 * the order that the journal decides, take the step that lists them and says what they caused.
 *
 * Invariants:
 * 1. The same inputs in the same order give the same steps, on every machine, at any time.
 * 2. Every applied input is listed by exactly one step, with what became of it.
 * 3. An input for a command that is not open (settled, withdrawn, of another run) changes nothing.
 * 4. `now()` never steps back.
 */
import { ENGINE_FAILURES } from '../definitions';
import { ActivityError, CanceledError, CodedError, toErrorData, type ErrorData } from '../errors';
import { toJsonText, type Json } from '../json';
import type { WorkflowDefinition } from '../language/workflow';
import type { Control, Input, InputBody, Source, Started, TimerFired } from '../protocol/inputs';
import {
  isTerminal,
  type AppliedInput,
  type Disposition,
  type RuntimeStatus,
  type Step,
} from '../protocol/step';
import { recordOf, type Command } from './command';
import { Interpreter, type Ending } from './interpreter';

/** What a step keeps of arguments in all; beyond it replay regenerates them. */
const INLINE_BYTES = 128 * 1024;

/** A message for another instance: a child's end for its parent, a refusal for who wanted its id. */
export interface Reply {
  readonly to: Source;
  readonly body: InputBody;
}

/** What inputs caused: the step to store and, once it is stored, what to publish. */
export interface Decision {
  readonly step: Step;
  readonly commands: readonly Command[];
  /** Tasks and timers whose messages are to be purged before anything is published. */
  readonly withdrawn: readonly Command[];
  readonly replies: readonly Reply[];
}

interface Verdict {
  readonly outcome: Disposition;
  readonly why?: string;
}

const APPLIED: Verdict = { outcome: 'applied' };
const LATE: Verdict = { outcome: 'late' };
const DUPLICATE: Verdict = { outcome: 'duplicate' };
const BUFFERED: Verdict = { outcome: 'buffered' };
const refused = (why: string): Verdict => ({ outcome: 'refused', why });

export class Execution {
  #status: RuntimeStatus = 'Pending';
  #run = 0;
  #started: Started | undefined;
  #definition: WorkflowDefinition | undefined;
  #interpreter: Interpreter | undefined;
  #now = 0;
  #createdAt = 0;
  #updatedAt = 0;
  #result: Json | undefined;
  #error: ErrorData | undefined;
  /** Inputs that came while suspended, in order. */
  #heldBack: Input[] = [];
  readonly #seen = new Set<number>();
  readonly #sources = new Set<string>();
  #inputs: AppliedInput[] = [];
  #replies: Reply[] = [];
  /** The public part of the newest step, to tell a change. */
  #published = '';
  #mustWrite = false;

  constructor(
    readonly id: string,
    private readonly find: (name: string, version?: number) => WorkflowDefinition | undefined,
    /** Patches that the replayed history holds; all of them once replay has ended. */
    private readonly patches: { has(id: string): boolean } = { has: () => true },
  ) {}

  get status(): RuntimeStatus {
    return this.#status;
  }

  get run(): number {
    return this.#run;
  }

  get isTerminal(): boolean {
    return isTerminal(this.#status);
  }

  /** Whether a step lists the input, or the next one will. */
  has(seq: number): boolean {
    return this.#seen.has(seq);
  }

  /** Earliest `scheduleToClose` of the open tasks, in milliseconds since the epoch. */
  earliestDeadline(): number | undefined {
    let earliest: number | undefined;
    for (const { command } of this.#interpreter?.open.values() ?? []) {
      if (command.kind === 'task' && (earliest === undefined || command.deadline < earliest))
        earliest = command.deadline;
    }
    return earliest;
  }

  /** Whether a command's message may still be published: it is open and not withdrawn. */
  isOpen(n: number): boolean {
    return (this.#interpreter?.open.has(n) ?? false) && !this.#interpreter!.isWithdrawn(n);
  }

  /** Applies one input that no step lists yet. */
  apply(input: Input): void {
    this.#seen.add(input.seq);
    this.#now = Math.max(this.#now, input.at);
    const { outcome, why } = this.#dispatch(input);
    const entry = { seq: input.seq, at: input.at, outcome };
    this.#inputs.push(why === undefined ? entry : { ...entry, why });
    this.#updatedAt = this.#now;
    this.#advance();
    if (input.body.type !== 'completed' && input.body.type !== 'failed' && input.body.type !== 'timer') {
      this.#mustWrite = true;
    }
  }

  /** The inputs since the last step decide nothing and change no public state: they may wait for company. */
  get decidesNothing(): boolean {
    return (
      !this.#mustWrite && this.#publicState() === this.#published && !(this.#interpreter?.hasDecided ?? false)
    );
  }

  /** Gives the step that lists the inputs applied since the last one. */
  take(): Decision {
    const { decided, withdrawn } = this.#interpreter?.takeDecided() ?? { decided: [], withdrawn: [] };
    let budget = INLINE_BYTES;
    const commands = decided.map((command) => recordOf(command, (budget -= command.args.length) >= 0));
    const step: Step = {
      format: 1,
      run: this.#run,
      workflow: this.#definition?.name ?? '',
      version: this.#definition?.version ?? 0,
      status: this.#status,
      inputs: this.#inputs,
      commands,
      canceled: withdrawn.map(({ n }) => n),
      waits: this.#interpreter?.waits ?? [],
      ...this.#outcomeFields(),
      createdAt: this.#createdAt,
      updatedAt: this.#updatedAt,
      ...(this.#started?.parent === undefined ? {} : { parent: this.#started.parent }),
    };
    const decision = { step, commands: decided, withdrawn, replies: this.#replies };
    this.#inputs = [];
    this.#replies = [];
    this.#mustWrite = false;
    this.#published = this.#publicState();
    return decision;
  }

  /** Takes earlier, ended runs for granted: what is replayed next opens a new run. */
  skip(started: Started, earlier: readonly Input[]): void {
    this.#started = started;
    this.#status = 'Terminated';
    this.#createdAt = earlier[0]?.at ?? 0;
    for (const { seq, at, body } of earlier) {
      this.#seen.add(seq);
      this.#now = Math.max(this.#now, at);
      if (body.type === 'event' && body.source !== undefined) this.#sources.add(sourceKey(body.source));
    }
  }

  #outcomeFields(): Pick<Step, 'customStatus' | 'result' | 'error'> {
    const text = this.#interpreter?.customStatus;
    return {
      ...(text === undefined ? {} : { customStatus: JSON.parse(text) as Json }),
      ...(this.#result === undefined ? {} : { result: this.#result }),
      ...(this.#error === undefined ? {} : { error: this.#error }),
    };
  }

  #publicState(): string {
    return `${this.#run} ${this.#status} ${this.#interpreter?.customStatus ?? ''}`;
  }

  #dispatch(input: Input): Verdict {
    const { body } = input;
    if (body.type === 'started') return this.#applyStarted(body, input);
    if (this.#started === undefined) return refused('the instance was not started');
    if (body.type === 'restart') return this.#restart(input);
    if (this.isTerminal) return { outcome: 'late', why: `the instance is ${this.#status}` };
    switch (body.type) {
      case 'terminate':
        return this.#terminate(body);
      case 'resume':
        return this.#resume();
      case 'purge':
        return refused(`only an instance that has ended can be purged; this one is ${this.#status}`);
      case 'suspend':
        return this.#suspend();
    }
    if (this.#status === 'Suspended') {
      this.#heldBack.push(input);
      return BUFFERED;
    }
    return this.#applyRunning(body);
  }

  #applyRunning(body: InputBody): Verdict {
    switch (body.type) {
      case 'completed':
        return this.#settle(body.run, body.n, { kind: 'next', value: body.result });
      case 'failed':
        return this.#fail(body.run, body.n, body.error);
      case 'timer':
        return this.#fire(body);
      case 'event':
        return this.#raise(body.name, body.data, body.source);
      case 'cancel':
        return this.#cancel(body);
      default:
        return refused(`${body.type} is not allowed while the instance is ${this.#status}`);
    }
  }

  #applyStarted(body: Started, input: Input): Verdict {
    if (this.#started === undefined) {
      this.#createdAt = input.at;
      this.#begin(body, input.seq, body.version);
      return APPLIED;
    }
    const { parent } = body;
    const known = this.#started.parent;
    const same = parent !== undefined && known !== undefined && sourceKey(parent) === sourceKey(known);
    if (same || parent === undefined) return DUPLICATE;
    const error = {
      code: ENGINE_FAILURES.childIdTaken,
      message: `the id ${this.id} belongs to another instance; choose another id for the child`,
      retryable: false,
    };
    this.#replies.push({ to: parent, body: { type: 'failed', run: parent.run, n: parent.n, error } });
    return refused('the id belongs to another instance');
  }

  #begin(started: Started, run: number, version: number | undefined): void {
    const definition = this.find(started.workflow, version);
    if (definition === undefined) {
      throw new CodedError(
        'UnknownWorkflow',
        `no code for ${started.workflow}${version === undefined ? '' : ` version ${version}`}`,
      );
    }
    this.#started = started;
    this.#definition = definition;
    this.#run = run;
    this.#status = 'Running';
    this.#result = undefined;
    this.#error = undefined;
    this.#heldBack = [];
    this.#interpreter = new Interpreter(
      { id: this.id, run, now: () => this.#now, patched: (id) => this.patches.has(id) },
      { [Symbol.iterator]: () => definition.body(started.input)[Symbol.iterator]() },
    );
  }

  #restart(input: Input): Verdict {
    if (!this.isTerminal)
      return refused(`only an instance that has ended can be restarted; this one is ${this.#status}`);
    this.#begin(this.#started!, input.seq, undefined);
    return APPLIED;
  }

  #terminate({ reason }: Control): Verdict {
    this.#end('Terminated', { code: 'Terminated', message: reason ?? 'terminated', retryable: false });
    return APPLIED;
  }

  #cancel({ reason }: Control): Verdict {
    if (!this.#interpreter!.cancelable) return refused('the instance is being cancelled already');
    this.#interpreter!.cancel(reason ?? 'cancelled');
    return APPLIED;
  }

  #suspend(): Verdict {
    if (this.#status === 'Suspended') return refused('the instance is suspended already');
    this.#status = 'Suspended';
    return APPLIED;
  }

  #resume(): Verdict {
    if (this.#status !== 'Suspended') return refused('the instance is not suspended');
    this.#status = 'Running';
    const heldBack = this.#heldBack;
    this.#heldBack = [];
    for (const { body } of heldBack) {
      if (this.isTerminal) break;
      this.#applyRunning(body);
      this.#advance();
    }
    return APPLIED;
  }

  #settle(run: number, n: number, resume: Parameters<Interpreter['settle']>[1]): Verdict {
    return run === this.#run && this.#interpreter!.settle(n, resume) ? APPLIED : LATE;
  }

  #fail(run: number, n: number, error: ErrorData): Verdict {
    const name = this.#interpreter!.open.get(n)?.command.name ?? '';
    return this.#settle(run, n, { kind: 'throw', error: new ActivityError(name, error) });
  }

  #raise(name: string, data: Json, source: Source | undefined): Verdict {
    if (source !== undefined) {
      const key = sourceKey(source);
      if (this.#sources.has(key)) return DUPLICATE;
      this.#sources.add(key);
    }
    const outcome = this.#interpreter!.raise(name, data);
    if (outcome === 'full') return refused('too many events are kept already');
    return outcome === 'applied' ? APPLIED : BUFFERED;
  }

  /** Timers that are due earlier fire first: the server fires overdue ones in no useful order. */
  #fire({ run, n, due }: TimerFired): Verdict {
    if (run !== this.#run) return LATE;
    if (n === 'w') return this.#failOverdue(due);
    if (!this.#interpreter!.open.has(n)) return LATE;
    for (const earlier of this.#timersDueBefore(due, n)) this.#fireOne(earlier.n, earlier.due);
    return this.isTerminal || !this.#fireOne(n, due) ? LATE : APPLIED;
  }

  #timersDueBefore(due: number, n: number): { n: number; due: number }[] {
    const earlier: { n: number; due: number }[] = [];
    for (const { command } of this.#interpreter!.open.values()) {
      if (command.kind === 'timer' && (command.due < due || (command.due === due && command.n < n)))
        earlier.push(command);
    }
    return earlier.sort((a, b) => a.due - b.due || a.n - b.n);
  }

  /** Fires and runs on at once: what follows may cancel later timers. */
  #fireOne(n: number, due: number): boolean {
    if (!this.#interpreter!.open.has(n)) return false;
    this.#now = Math.max(this.#now, due);
    this.#interpreter!.settle(n, { kind: 'next', value: undefined });
    this.#advance();
    return true;
  }

  /** The watchdog: fails the open tasks whose `scheduleToClose` has passed. */
  #failOverdue(due: number): Verdict {
    this.#now = Math.max(this.#now, due);
    const overdue: Command[] = [];
    for (const { command } of this.#interpreter!.open.values()) {
      if (command.kind === 'task' && command.deadline <= this.#now) overdue.push(command);
    }
    for (const { n, name } of overdue) {
      const message = `${name} did not finish within its scheduleToClose; is a service that performs it running?`;
      const error = { code: ENGINE_FAILURES.scheduleToClose, message, retryable: false };
      this.#interpreter!.settle(n, { kind: 'throw', error: new ActivityError(name, error) });
    }
    return overdue.length > 0 ? APPLIED : LATE;
  }

  #advance(): void {
    const interpreter = this.#interpreter;
    if (interpreter === undefined || this.isTerminal || this.#status === 'Suspended') return;
    interpreter.run();
    if (interpreter.ending !== undefined) this.#finish(interpreter.ending);
  }

  #finish(ending: Ending): void {
    if (ending.kind === 'threw') return this.#endWith(ending.error);
    try {
      this.#result = JSON.parse(toJsonText(ending.value, 'result')) as Json;
      this.#end('Completed');
    } catch (error) {
      this.#endWith(error);
    }
  }

  #endWith(error: unknown): void {
    const canceled = error instanceof CanceledError && !this.#interpreter!.cancelable;
    this.#end(canceled ? 'Canceled' : 'Failed', { ...toErrorData(error), retryable: false });
  }

  #end(status: RuntimeStatus, error?: ErrorData): void {
    this.#status = status;
    if (error !== undefined) this.#error = error;
    this.#interpreter!.close();
    const parent = this.#started?.parent;
    if (parent === undefined) return;
    const { run, n } = parent;
    const body: InputBody =
      status === 'Completed'
        ? { type: 'completed', run, n, result: this.#result ?? null }
        : { type: 'failed', run, n, error: this.#error! };
    this.#replies.push({ to: parent, body });
  }
}

export const sourceKey = ({ id, run, n }: Source): string => `${id}/${run}/${n}`;
