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
import { CodedError } from '../errors';
import type { Json } from '../json';
import type { WorkflowDefinition } from '../language/workflow';
import type { Input, InputBody, Source, Started } from '../protocol/inputs';
import type { AppliedInput, RuntimeStatus, Step } from '../protocol/step';
import type { Command } from './command';
import { noEntries, type Settled } from './command-ledger';
import { Correspondence, type Reply } from './correspondence';
import { Lifetime } from './lifetime';
import { recordsOf, tasksAmong, waitsAmong } from './limits';
import { hindranceOf, mayRewind, rewind } from './rewind';
import type { RunHistory } from './run-history';
import { APPLIED, DUPLICATE, LATE, refused, type Verdict } from './verdict';

/** What inputs caused: the step to store and, once it is stored, what to publish. */
export interface Decision {
  readonly step: Step;
  /** What the step decided and did not close again itself: still to be published. */
  readonly commands: readonly Command[];
  /** Earlier steps' tasks and timers whose messages are to be purged before anything is published. */
  readonly withdrawn: readonly Command[];
  readonly replies: readonly Reply[];
  /** What the step's inputs settled, in order: to be measured, nothing else. */
  readonly settled: readonly Settled[];
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
  readonly #life: Lifetime;
  readonly #correspondence: Correspondence;
  #started: Pick<Started, 'trace'> | undefined;
  #createdAt = 0;
  readonly #seen = new Set<number>();
  #inputs: AppliedInput[] = [];
  /** The public part of the newest step, to tell a change. */
  #published = '';
  #mustWrite = false;
  #isPurged = false;
  /** Sequence of the newest stored step. */
  #lastStep = 0;
  #history: (() => RunHistory) | undefined;

  constructor(
    readonly id: string,
    find: (name: string, version?: number) => WorkflowDefinition | undefined,
    /** Patches that the replayed history holds; all of them once replay has ended. */
    patches: { has(id: string): boolean } = { has: () => true },
  ) {
    this.#correspondence = new Correspondence(id);
    this.#life = new Lifetime({ id, find, patches, sources: () => this.#correspondence.newestSources() });
    this.#published = this.#publicState();
  }

  get status(): RuntimeStatus {
    return this.#life.status;
  }

  get run(): number {
    return this.#life.runNumber;
  }

  /** What it belongs to (see `Started`). */
  get trace(): string | undefined {
    return this.#started?.trace;
  }

  get isTerminal(): boolean {
    return this.#life.hasEnded;
  }

  /** It has ended and somebody purged it: once the step that says so is stored, everything of it is deleted. */
  get isPurged(): boolean {
    return this.#isPurged;
  }

  /** A step has to be taken before more inputs are applied. */
  get mustBeTaken(): boolean {
    return this.isTerminal || this.#life.continuation !== undefined;
  }

  /** Whether a step lists the input, or the next one will. */
  has(seq: number): boolean {
    return this.#seen.has(seq);
  }

  /** Whether it can only be applied to an execution that was given its {@link remember history}. */
  needsHistory(body: InputBody): boolean {
    return this.#history === undefined && this.status === 'Failed' && mayRewind(body);
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
    return this.#life.interpreter?.commands.isOpen(n) ?? false;
  }

  /**
   * Applies one input that no step lists yet.
   *
   * @throws CodedError `UnknownWorkflow` when there is no code for a run that the input opens; the
   *   execution is of no use then.
   */
  apply(input: Input): void {
    const { seq, at, body } = input;
    const { endings } = this.#life;
    this.#seen.add(seq);
    this.#life.time.reach(at);
    const verdict = this.#dispatch(input);
    this.#inputs.push({ seq, at, ...verdict });
    this.#life.advance();
    if (this.#life.endings > endings) this.#correspondence.tellEnd(this.#life);
    const settles = body.type === 'completed' || body.type === 'failed' || body.type === 'timer';
    if (!settles || this.#life.continuation !== undefined) this.#mustWrite = true;
  }

  /** The inputs since the last step decide nothing and change no public state: they may wait for company. */
  get decidesNothing(): boolean {
    return !this.#mustWrite && !this.#hasUntaken;
  }

  /** Gives the step that lists the inputs applied since the last one. */
  take(): Decision {
    const { interpreter, code, continuation, time } = this.#life;
    const { decided, withdrawn, settled } = interpreter?.takeDecided() ?? noEntries();
    const { parent } = this.#correspondence;
    const tasks = tasksAmong(this.#open());
    const step: Step = {
      format: 1,
      run: this.run,
      workflow: code.name,
      version: code.version,
      status: this.status,
      inputs: this.#inputs,
      commands: recordsOf(decided),
      canceled: withdrawn.map(({ n }) => n),
      waits: waitsAmong(this.#open()),
      ...(tasks.length > 0 && { tasks }),
      ...this.#outcomeFields(),
      createdAt: this.#createdAt,
      updatedAt: time.now,
      ...(parent && { parent }),
      ...(continuation && { continued: continuation }),
      ...(this.#isPurged && { purged: true }),
    };
    const decision: Decision = {
      step,
      commands: decided.filter(({ kind, n }) => kind === 'signal' || this.isOpen(n)),
      withdrawn: purgeable(withdrawn, decided),
      replies: this.#correspondence.takeReplies(),
      settled,
    };
    this.#inputs = [];
    this.#mustWrite = false;
    this.#life.settle();
    this.#published = this.#publicState();
    return decision;
  }

  /** Takes history for granted: what is replayed next opens a new run, or the newest step continued as new. */
  skip(
    { started, last, inputs, sources, settled, continues }: SkippedHistory,
    bodyOf: RunHistory['bodyOf'],
  ): void {
    this.#started = started;
    this.#correspondence.belongsTo(started.parent);
    this.#correspondence.assume(sources);
    this.#life.assume(started, last);
    this.#createdAt = last.createdAt;
    this.#life.time.reach(last.updatedAt);
    this.#published = this.#publicState();
    this.#isPurged = last.purged === true;
    const pending = continues ? last.continued!.pending : [];
    for (const seq of [...inputs.map(({ seq }) => seq), ...settled, ...pending]) this.#seen.add(seq);
    if (!continues) return;
    this.#life.begin(
      started,
      last.run,
      last.continued,
      pending.map((seq) => ({ seq, body: bodyOf(seq) })),
    );
    this.#life.advance();
    if (this.isTerminal) this.#correspondence.tellEnd(this.#life);
  }

  #open(): Iterable<Command> {
    return this.#life.interpreter?.commands.open() ?? [];
  }

  #outcomeFields(): Pick<Step, 'customStatus' | 'result' | 'error'> {
    const { interpreter, result, error } = this.#life;
    const text = interpreter?.customStatus;
    return {
      ...(text !== undefined && { customStatus: JSON.parse(text) as Json }),
      ...(result !== undefined && { result }),
      ...(error !== undefined && { error }),
    };
  }

  /** Something came of the inputs since the last step. */
  get #hasUntaken(): boolean {
    return this.#publicState() !== this.#published || (this.#life.interpreter?.commands.hasDecided ?? false);
  }

  #publicState(): string {
    const { runNumber, status, interpreter } = this.#life;
    return `${runNumber} ${status} ${interpreter?.customStatus ?? ''}`;
  }

  #dispatch({ seq, body }: Input): Verdict {
    if (body.type === 'started') return this.#start(body, seq);
    if (this.#started === undefined) return refused('the instance was not started');
    if (this.#isPurged) return { ...LATE, why: 'the instance is purged' };
    if (seq < this.run) return { ...LATE, why: 'it was meant for an earlier run' };
    if (body.type === 'restart') return this.#restart(seq);
    if (body.type === 'rewind') return this.#rewind();
    if (this.isTerminal) return this.#ended(body);
    if (body.type === 'purge')
      return refused(`only an instance that has ended can be purged; this one is ${this.status}`);
    return this.#correspondence.isRepeated(body) ? DUPLICATE : this.#life.apply({ seq, body });
  }

  #ended(body: InputBody): Verdict {
    if (body.type !== 'purge') return { ...LATE, why: `the instance is ${this.status}` };
    if (this.isOutdated(body)) return { ...LATE, why: 'it was meant for an earlier step' };
    this.#isPurged = true;
    return APPLIED;
  }

  #start(body: Started, seq: number): Verdict {
    if (this.#started !== undefined) return this.#startAgain(body);
    this.#life.begin(body, seq);
    this.#started = body;
    this.#correspondence.belongsTo(body.parent);
    this.#createdAt = this.#life.time.now;
    return APPLIED;
  }

  #startAgain({ parent }: Started): Verdict {
    if (parent === undefined || this.#correspondence.isParent(parent)) return DUPLICATE;
    if (this.#correspondence.isParentRewound(parent)) return this.#adopt(parent);
    return this.#correspondence.refuse(parent);
  }

  /** The parent was rewound, and waits for this child under another number. */
  #adopt(parent: Source): Verdict {
    this.#correspondence.belongsTo(parent);
    const verdict = this.#rewind();
    if (verdict.outcome === 'applied') return verdict;
    if (this.isTerminal) this.#correspondence.tellEnd(this.#life);
    return APPLIED;
  }

  #restart(seq: number): Verdict {
    if (!this.isTerminal)
      return refused(`only an instance that has ended can be restarted; this one is ${this.status}`);
    if (this.#hasUntaken) return refused(UNTAKEN);
    this.#life.restart(seq);
    return APPLIED;
  }

  #rewind(): Verdict {
    const hindrance = hindranceOf(this.#life);
    if (hindrance !== undefined) return refused(hindrance);
    if (this.#hasUntaken) return refused(UNTAKEN);
    if (this.#history === undefined) throw new CodedError('HistoryNeeded', 'a rewind needs the history');
    return rewind(this.#life, this.#history());
  }
}

const UNTAKEN = 'the step that ended the instance is not stored yet; try again';

/** Of the inputs for an instance that has ended, those that may change something. */
export const opensAgain = (body: InputBody): boolean =>
  body.type === 'restart' || body.type === 'purge' || mayRewind(body);

/** What an earlier step published and what can be taken back. */
function purgeable(withdrawn: readonly Command[], decided: readonly Command[]): Command[] {
  const unpublished = new Set(decided);
  return withdrawn.filter(
    (command) => (command.kind === 'task' || command.kind === 'timer') && !unpublished.has(command),
  );
}
