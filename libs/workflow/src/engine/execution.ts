/**
 * An instance as a fold over its inputs. Pure: knows no clock and does no I/O. Give it inputs in
 * the order that the journal decides, take the step that lists them and says what they caused.
 *
 * Invariants:
 * 1. The same inputs in the same order, taken at the same points, give the same steps, on every
 *    machine, at any time.
 * 2. Every applied input is listed by exactly one step, with what became of it.
 * 3. A step holds what one run decided: no command of a run that ended shares a step with the next run.
 * 4. An instance that has ended has nothing open.
 */
import { ENGINE_FAILURES } from '../definitions';
import { CanceledError, CodedError, type ErrorData } from '../errors';
import { toJsonText, type Json } from '../json';
import type { WorkflowDefinition } from '../language/workflow';
import type { Control, Input, InputBody, Source, Started } from '../protocol/inputs';
import {
  isTerminal,
  type AppliedInput,
  type Continuation,
  type RuntimeStatus,
  type Step,
} from '../protocol/step';
import type { Command } from './command';
import type { Ending, Interpreter, Past } from './interpreter';
import { endingError, MAX_CONTINUATIONS, MAX_SOURCES, recordsOf, tasksAmong, waitsAmong } from './limits';
import {
  generationOf,
  inputsOf,
  keptOf,
  neededOf,
  nextGeneration,
  type RecordedInput,
  type RunHistory,
} from './rewind';
import { InstanceTime, Run } from './run';
import { APPLIED, BUFFERED, DUPLICATE, LATE, refused, type Verdict } from './verdict';

/** A message for another instance: a child's end for its parent, a refusal for who wanted its id. */
export interface Reply {
  readonly to: Source;
  readonly body: InputBody;
}

/** What inputs caused: the step to store and, once it is stored, what to publish. */
export interface Decision {
  readonly step: Step;
  /** What the step decided and did not close again itself: still to be published. */
  readonly commands: readonly Command[];
  /** Earlier steps' tasks and timers whose messages are to be purged before anything is published. */
  readonly withdrawn: readonly Command[];
  readonly replies: readonly Reply[];
}

/** What is left of history whose code is not run again: runs that ended, and what is older than a continuation. */
export interface SkippedHistory {
  readonly started: Started;
  /** Its newest step. */
  readonly last: Step;
  /** What its steps list. */
  readonly inputs: readonly AppliedInput[];
  /** Signals that were applied (see `Continuation`). */
  readonly sources: readonly string[];
  /** Inputs that are settled although the step that lists them may be deleted. */
  readonly settled: readonly number[];
  /** The newest step continued as new, and is where replay begins. */
  readonly continues: boolean;
}

export class Execution {
  #status: RuntimeStatus = 'Pending';
  #runNumber = 0;
  #started: Started | undefined;
  #run: Run | undefined;
  #time = new InstanceTime();
  #createdAt = 0;
  #result: Json | undefined;
  #error: ErrorData | undefined;
  /** Inputs that came while suspended, in order. */
  #heldBack: Pick<Input, 'seq' | 'body'>[] = [];
  readonly #seen = new Set<number>();
  #sources = new Set<string>();
  #inputs: AppliedInput[] = [];
  #replies: Reply[] = [];
  /** The public part of the newest step, to tell a change. */
  #published = '';
  #mustWrite = false;
  /** Where the run continued as new; its opening is of no use then. */
  #continuation: Continuation | undefined;
  /** How often it did since the newest step. */
  #continued = 0;
  #isPurged = false;
  /** Sequence of the newest stored step. */
  #lastStep = 0;
  #history: (() => RunHistory) | undefined;

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
    return this.#runNumber;
  }

  get isTerminal(): boolean {
    return isTerminal(this.#status);
  }

  /** It has ended and somebody purged it: once the step that says so is stored, everything of it is deleted. */
  get isPurged(): boolean {
    return this.#isPurged;
  }

  /** A step has to be taken before more inputs are applied. */
  get mustBeTaken(): boolean {
    return this.isTerminal || this.#continued > 0;
  }

  /** Whether a step lists the input, or the next one will. */
  has(seq: number): boolean {
    return this.#seen.has(seq);
  }

  /** Whether it can only be applied to an execution that was given its {@link remember history}. */
  needsHistory(body: InputBody): boolean {
    return this.#history === undefined && this.#status === 'Failed' && mayRewind(body);
  }

  /** Gives it what the stored steps of its newest run list; a rewind needs that. */
  remember(history: () => RunHistory): void {
    this.#history = history;
  }

  /** Frees the history. */
  forget(): void {
    this.#history = undefined;
  }

  /** The step that was taken is stored. */
  stored(seq: number): void {
    this.#lastStep = seq;
  }

  /** Whether a purge that names a step was overtaken by a newer one (hazard 12). */
  isOutdated(body: InputBody): boolean {
    return body.type === 'purge' && body.onlyAfter !== undefined && body.onlyAfter !== this.#lastStep;
  }

  /** Earliest `scheduleToClose` of the open tasks, in milliseconds since the epoch. */
  earliestDeadline(): number | undefined {
    let earliest: number | undefined;
    for (const command of this.#open()) {
      if (command.kind === 'task') earliest = Math.min(earliest ?? Infinity, command.deadline);
    }
    return earliest;
  }

  /** Whether a task, timer, wait or child of this run still matters: it is open and not withdrawn. */
  isOpen(n: number): boolean {
    return this.#run?.interpreter.isOpen(n) ?? false;
  }

  /**
   * Applies one input that no step lists yet.
   *
   * @throws CodedError `UnknownWorkflow` when there is no code for a run that the input opens; the
   *   execution is of no use then.
   */
  apply(input: Input): void {
    const { seq, at, body } = input;
    this.#seen.add(seq);
    this.#time.reach(at);
    const verdict = this.#dispatch(input);
    this.#inputs.push({ seq, at, ...verdict });
    this.#advance();
    if (this.#continued > 0) this.#mustWrite = true;
    if (body.type !== 'completed' && body.type !== 'failed' && body.type !== 'timer') this.#mustWrite = true;
  }

  /** The inputs since the last step decide nothing and change no public state: they may wait for company. */
  get decidesNothing(): boolean {
    return !this.#mustWrite && !this.#hasUntaken;
  }

  /** Gives the step that lists the inputs applied since the last one. */
  take(): Decision {
    const { decided, withdrawn } = this.#run?.interpreter.takeDecided() ?? { decided: [], withdrawn: [] };
    const definition = this.#run?.definition;
    const tasks = tasksAmong(this.#open());
    const step: Step = {
      format: 1,
      run: this.#runNumber,
      workflow: definition?.name ?? '',
      version: definition?.version ?? 0,
      status: this.#status,
      inputs: this.#inputs,
      commands: recordsOf(decided),
      canceled: withdrawn.map(({ n }) => n),
      waits: waitsAmong(this.#open()),
      ...(tasks.length > 0 && { tasks }),
      ...this.#outcomeFields(),
      createdAt: this.#createdAt,
      updatedAt: this.#time.now,
      ...(this.#started?.parent && { parent: this.#started.parent }),
      ...(this.#continued > 0 && { continued: this.#continuation }),
      ...(this.#isPurged && { purged: true }),
    };
    const decision: Decision = {
      step,
      commands: decided.filter(({ kind, n }) => kind === 'signal' || this.isOpen(n)),
      withdrawn: purgeable(withdrawn, decided),
      replies: this.#replies,
    };
    this.#inputs = [];
    this.#replies = [];
    this.#mustWrite = false;
    this.#continued = 0;
    this.#published = this.#publicState();
    return decision;
  }

  /** Takes history for granted: what is replayed next opens a new run, or the newest step continued as new. */
  skip(
    { started, last, inputs, sources, settled, continues }: SkippedHistory,
    bodyOf: RunHistory['bodyOf'],
  ): void {
    this.#started = started;
    this.#runNumber = last.run;
    this.#status = last.status;
    this.#createdAt = last.createdAt;
    this.#time.reach(last.updatedAt);
    this.#published = this.#publicState();
    for (const { seq } of inputs) this.#seen.add(seq);
    for (const seq of settled) this.#seen.add(seq);
    for (const source of sources) this.#sources.add(source);
    if (!continues) return;
    this.#begin(started, last.run, last.continued);
    for (const seq of last.continued!.pending) {
      this.#seen.add(seq);
      this.#heldBack.push({ seq, body: bodyOf(seq) });
    }
    this.#advance();
  }

  #open(): Iterable<Command> {
    return this.#run?.interpreter.openCommands() ?? [];
  }

  #outcomeFields(): Pick<Step, 'customStatus' | 'result' | 'error'> {
    const text = this.#run?.interpreter.customStatus;
    return {
      ...(text !== undefined && { customStatus: JSON.parse(text) as Json }),
      ...(this.#result !== undefined && { result: this.#result }),
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  /** Something came of the inputs since the last step. */
  get #hasUntaken(): boolean {
    return this.#publicState() !== this.#published || (this.#run?.interpreter.hasDecided ?? false);
  }

  #publicState(): string {
    return `${this.#runNumber} ${this.#status} ${this.#run?.interpreter.customStatus ?? ''}`;
  }

  #dispatch({ seq, body }: Input): Verdict {
    if (body.type === 'started') return this.#start(body, seq);
    if (this.#started === undefined) return refused('the instance was not started');
    if (this.#isPurged) return { ...LATE, why: 'the instance is purged' };
    if (seq < this.#runNumber) return { ...LATE, why: 'it was meant for an earlier run' };
    if (body.type === 'restart') return this.#restart(seq);
    if (body.type === 'rewind') return this.#rewind();
    if (this.isTerminal) return this.#ended(body);
    if (this.#isRepeated(body)) return DUPLICATE;
    switch (body.type) {
      case 'terminate':
        return this.#terminate(body);
      case 'resume':
        return this.#resume();
      case 'suspend':
        return this.#suspend();
      case 'purge':
        return refused(`only an instance that has ended can be purged; this one is ${this.#status}`);
    }
    if (this.#status !== 'Suspended') return this.#run!.apply({ seq, body });
    this.#heldBack.push({ seq, body });
    return BUFFERED;
  }

  #ended(body: InputBody): Verdict {
    if (body.type !== 'purge') return { ...LATE, why: `the instance is ${this.#status}` };
    if (this.isOutdated(body)) return { ...LATE, why: 'it was meant for an earlier step' };
    this.#isPurged = true;
    return APPLIED;
  }

  #start(body: Started, seq: number): Verdict {
    if (this.#started === undefined) {
      this.#begin(body, seq);
      this.#createdAt = this.#time.now;
      return APPLIED;
    }
    const { parent } = body;
    const known = this.#started.parent;
    const same = parent !== undefined && known !== undefined && sourceKey(parent) === sourceKey(known);
    if (same || parent === undefined) return DUPLICATE;
    if (known !== undefined && isRewound(parent, known)) return this.#adopt(parent);
    const error = {
      code: ENGINE_FAILURES.childIdTaken,
      message: `the id ${this.id} belongs to another instance; choose another id for the child`,
      retryable: false,
    };
    this.#replies.push({ to: parent, body: { type: 'failed', run: parent.run, n: parent.n, error } });
    return refused('the id belongs to another instance');
  }

  #begin(started: Started, run: number, continuation?: Continuation, continued?: Interpreter): void {
    const { workflow, version } = started;
    const input = continuation === undefined ? started.input : continuation.input;
    const definition = this.find(workflow, version);
    if (definition === undefined) {
      const which = version === undefined ? workflow : `${workflow} version ${version}`;
      throw new CodedError('UnknownWorkflow', `no code for ${which}`);
    }
    this.#started = started;
    this.#runNumber = run;
    this.#status = 'Running';
    this.#result = undefined;
    this.#error = undefined;
    this.#heldBack = [];
    this.#continuation = continuation;
    const { id, patches } = this;
    const past = continued ?? (continuation && pastOf(continuation));
    this.#run = new Run({ id, run, definition, input, time: this.#time, patches, ...(past && { past }) });
  }

  /** The parent was rewound, and waits for this child under another number. */
  #adopt(parent: Source): Verdict {
    this.#started = { ...this.#started!, parent };
    const verdict = this.#status === 'Failed' ? this.#rewind() : undefined;
    if (verdict?.outcome === 'applied') return verdict;
    if (this.isTerminal) this.#tellParent();
    return APPLIED;
  }

  /** Takes a failed run back to where it was before its newest failed activity (see `rewind.ts`). */
  #rewind(): Verdict {
    if (this.#status !== 'Failed')
      return refused(`only an instance that has failed can be rewound; this one is ${this.#status}`);
    if (this.#hasUntaken) return refused('the step that ended the instance is not stored yet; try again');
    const { lastFailure, interpreter } = this.#run!;
    if (lastFailure === undefined) return refused('no activity of it has failed; restart it instead');
    if (interpreter.undone > lastFailure.undone)
      return refused('what it had done was undone since; restart it instead');
    if (this.#history === undefined) throw new CodedError('HistoryNeeded', 'a rewind needs the history');
    const { steps, bodyOf } = this.#history();
    const history = { steps: neededOf(steps), bodyOf };
    const inputs = inputsOf(history);
    const past = this.#before(lastFailure.seq, inputs, history);
    if (past.isTerminal) return refused('its code leads elsewhere now; restart it instead');
    past.#time.reach(this.#time.now);
    this.#time = past.#time;
    this.#run = past.#run;
    this.#status = 'Running';
    this.#error = undefined;
    this.#goOn(after(inputs, lastFailure.seq), history);
    return { ...APPLIED, undoes: lastFailure.seq };
  }

  /** The run as it was before one of its inputs; what it decided until then is in its steps. */
  #before(failure: number, inputs: readonly RecordedInput[], history: RunHistory): Execution {
    const end = inputs.findIndex(({ seq }) => seq === failure);
    const begin = inputs.findLastIndex(
      ({ seq, undoes }, i) => i < end && (undoes !== undefined || seq === this.#runNumber),
    );
    const { undoes, at = 0 } = inputs[begin] ?? {};
    const past =
      undoes === undefined ? this.#anew(history) : this.#before(undoes, inputs.slice(0, begin), history);
    if (undoes !== undefined) {
      past.#time.reach(at);
      past.#goOn(after(inputs.slice(0, begin), undoes), history);
    }
    for (const input of inputs.slice(begin + 1, end)) {
      if (input.outcome !== 'late') past.apply(input);
      past.#run!.interpreter.takeDecided();
    }
    if (past.#status === 'Suspended') past.#resume();
    past.#run!.interpreter.takeDecided();
    return past;
  }

  /** The run at its beginning, with the code and the patches that it began with. */
  #anew({ bodyOf }: RunHistory): Execution {
    const { definition, interpreter, openedAt } = this.#run!;
    const { patches } = interpreter;
    const past = new Execution(this.id, () => definition, {
      has: (patch) => patches.get(patch) ?? this.patches.has(patch),
    });
    past.#time.reach(openedAt);
    past.#begin(this.#started!, this.#runNumber, this.#continuation);
    for (const seq of this.#continuation?.pending ?? []) past.#heldBack.push({ seq, body: bodyOf(seq) });
    past.#advance();
    return past;
  }

  /** Decides what is open anew, and applies the events that came since. */
  #goOn(since: readonly RecordedInput[], { steps }: RunHistory): void {
    const { interpreter } = this.#run!;
    const last = interpreter.lastNumber;
    const first = nextGeneration(last);
    const kept = keptOf(steps, since, (n) => interpreter.isOpen(n) || (n > last && n < first));
    interpreter.reissue(first, kept);
    this.#run!.lastFailure = undefined;
    this.#heldBack = since.filter(({ body }) => body.type === 'event');
    this.#advance();
  }

  #restart(seq: number): Verdict {
    if (!this.isTerminal)
      return refused(`only an instance that has ended can be restarted; this one is ${this.#status}`);
    if (this.#hasUntaken) return refused('the step that ended the instance is not stored yet; try again');
    this.#begin(this.#started!, seq);
    return APPLIED;
  }

  #terminate({ reason }: Control): Verdict {
    this.#end('Terminated', endingError(new CodedError('Terminated', reason ?? 'terminated')));
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
    return APPLIED;
  }

  /** Whether a signal that the journal holds came again; takes note of it otherwise (hazard 10). */
  #isRepeated(body: InputBody): boolean {
    if (body.type !== 'event' || body.source === undefined) return false;
    const key = sourceKey(body.source);
    if (this.#sources.has(key)) return true;
    this.#sources.add(key);
    return false;
  }

  /** Lets the workflow go on as far as it can, with what was held back. */
  #advance(): void {
    if (this.#run === undefined || this.#status !== 'Running') return;
    for (;;) {
      this.#run.advance();
      const { ending } = this.#run;
      if (ending?.kind === 'continued') this.#continueAsNew(ending.input);
      else if (ending !== undefined) return this.#finish(ending);
      else {
        const next = this.#heldBack.shift();
        if (next === undefined) return;
        this.#run.apply(next);
      }
    }
  }

  #continueAsNew(input: Json): void {
    const { interpreter } = this.#run!;
    if (++this.#continued > MAX_CONTINUATIONS) {
      const message = `it continued as new more than ${MAX_CONTINUATIONS} times without waiting for anything`;
      interpreter.ending = { kind: 'threw', error: new CodedError(ENGINE_FAILURES.budget, message) };
      return;
    }
    const pending = [...interpreter.keptEvents(), ...this.#heldBack];
    const { customStatus } = interpreter;
    const sources = [...this.#sources].slice(-MAX_SOURCES);
    this.#sources = new Set(sources);
    this.#begin(
      this.#started!,
      this.#runNumber,
      {
        input,
        number: interpreter.lastNumber,
        ...(customStatus !== undefined && { customStatus: JSON.parse(customStatus) as Json }),
        pending: pending.map(({ seq }) => seq),
        sources,
      },
      interpreter,
    );
    this.#heldBack = pending;
  }

  #finish(ending: Exclude<Ending, { kind: 'continued' }>): void {
    if (ending.kind === 'threw') return this.#fail(ending.error);
    try {
      this.#result = JSON.parse(toJsonText(ending.value, 'result')) as Json;
    } catch (error) {
      return this.#fail(error);
    }
    this.#end('Completed');
  }

  #fail(error: unknown): void {
    const canceled = error instanceof CanceledError && !this.#run!.interpreter.cancelable;
    this.#end(canceled ? 'Canceled' : 'Failed', endingError(error));
  }

  #end(status: RuntimeStatus, error?: ErrorData): void {
    this.#status = status;
    this.#error = error;
    this.#run!.interpreter.close();
    this.#tellParent();
  }

  #tellParent(): void {
    const parent = this.#started?.parent;
    if (parent === undefined) return;
    const { run, n } = parent;
    const error = this.#error;
    const body: InputBody =
      error === undefined
        ? { type: 'completed', run, n, result: this.#result ?? null }
        : { type: 'failed', run, n, error };
    this.#replies.push({ to: parent, body });
  }
}

/** What an interpreter that went on from there had left to carry on. */
const pastOf = ({ number, customStatus }: Continuation): Past => ({
  lastNumber: number,
  customStatus: customStatus === undefined ? undefined : JSON.stringify(customStatus),
  takeDecided: () => ({ decided: [], withdrawn: [] }),
});

const after = (inputs: readonly RecordedInput[], seq: number): RecordedInput[] =>
  inputs.slice(inputs.findIndex((input) => input.seq === seq) + 1);

/** Of the inputs for an instance that has ended, those that may change something. */
export const opensAgain = (body: InputBody): boolean =>
  body.type === 'restart' || body.type === 'purge' || mayRewind(body);

/** It may rewind an instance: a command, or a parent that was rewound itself. */
const mayRewind = (body: InputBody): boolean =>
  body.type === 'rewind' || (body.type === 'started' && generationOf(body.parent?.n ?? 0) > 0);

/** The same wait of the same parent, under the number that a rewind gave it. */
const isRewound = (parent: Source, known: Source): boolean =>
  parent.id === known.id && parent.run === known.run && generationOf(parent.n) > generationOf(known.n);

/** What an earlier step published and what can be taken back. */
function purgeable(withdrawn: readonly Command[], decided: readonly Command[]): Command[] {
  const unpublished = new Set(decided);
  return withdrawn.filter(
    (command) => (command.kind === 'task' || command.kind === 'timer') && !unpublished.has(command),
  );
}

export const sourceKey = ({ id, run, n }: Source): string => `${id}/${run}/${n}`;
