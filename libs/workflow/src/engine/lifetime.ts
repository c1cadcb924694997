/**
 * What becomes of an instance's workflow: it begins, goes on, is suspended and resumed, continues as
 * new, ends, begins again. Knows nothing of steps that are taken, or of other instances; how one that
 * failed is taken back is in `rewind.ts`.
 *
 * Invariants:
 * 1. Only a Running workflow goes on; what comes while it is suspended is held back, in order.
 * 2. A workflow that has ended has nothing open.
 */
import { ENGINE_FAILURES } from '../definitions';
import { CanceledError, CodedError, type ErrorData } from '../errors';
import { toJsonText, type Json } from '../json';
import type { WorkflowDefinition } from '../language/workflow';
import type { Input, InputBody, Started } from '../protocol/inputs';
import { isTerminal, type Continuation, type RuntimeStatus, type Step } from '../protocol/step';
import { noEntries } from './command-ledger';
import type { Ending, Interpreter, Past } from './interpreter';
import { endingError, MAX_CONTINUATIONS, terminationError } from './limits';
import { InstanceTime, Run } from './run';
import { APPLIED, BUFFERED, refused, type Verdict } from './verdict';

/** What it needs to know of the instance. */
export interface LifetimeScope {
  readonly id: string;
  readonly find: (name: string, version?: number) => WorkflowDefinition | undefined;
  readonly patches: { has(id: string): boolean };
  /** The newest signals that were applied; remembered when it continues as new. */
  sources(): string[];
}

/** What is needed to begin a run. */
export type Opening = Pick<Started, 'workflow' | 'version' | 'input'>;

type HeldInput = Pick<Input, 'seq' | 'body'>;

export class Lifetime {
  #status: RuntimeStatus = 'Pending';
  #opening: Opening | undefined;
  /** Of a run that is not replayed. */
  #version = 0;
  #runNumber = 0;
  #run: Run | undefined;
  #time = new InstanceTime();
  #result: Json | undefined;
  #error: ErrorData | undefined;
  #heldBack: HeldInput[] = [];
  /** Where the run continued as new; its opening is of no use then. */
  #continuation: Continuation | undefined;
  #continued = 0;
  #endings = 0;

  constructor(private readonly scope: LifetimeScope) {}

  get status(): RuntimeStatus {
    return this.#status;
  }

  get hasEnded(): boolean {
    return isTerminal(this.#status);
  }

  /** How often it has ended. */
  get endings(): number {
    return this.#endings;
  }

  get runNumber(): number {
    return this.#runNumber;
  }

  get interpreter(): Interpreter | undefined {
    return this.#run?.interpreter;
  }

  /** Durable name and version of the code that runs, or ran last. */
  get code(): Pick<WorkflowDefinition, 'name' | 'version'> {
    return this.#run?.definition ?? { name: this.#opening?.workflow ?? '', version: this.#version };
  }

  get time(): InstanceTime {
    return this.#time;
  }

  get result(): Json | undefined {
    return this.#result;
  }

  get error(): ErrorData | undefined {
    return this.#error;
  }

  /** Where it continued as new, if it did since {@link settle}. */
  get continuation(): Continuation | undefined {
    return this.#continued > 0 ? this.#continuation : undefined;
  }

  /** A step was taken. */
  settle(): void {
    this.#continued = 0;
  }

  /** Takes runs for granted that are over. */
  assume(opening: Opening, { run, status, version, error }: Step): void {
    this.#opening = opening;
    this.#runNumber = run;
    this.#status = status;
    this.#version = version;
    this.#error = error;
  }

  /**
   * Begins a run; {@link advance} lets it go.
   *
   * @param pending what is applied to it first
   * @throws CodedError `UnknownWorkflow`
   */
  begin(opening: Opening, run: number, continuation?: Continuation, pending: HeldInput[] = []): void {
    this.#open(opening, run, continuation, continuation && pastOf(continuation));
    this.#heldBack = pending;
  }

  /** Begins again, under a new run number. */
  restart(run: number): void {
    this.#open(this.#opening!, run);
  }

  /** Applies what comes from outside; {@link advance} lets the workflow go on. */
  apply(input: HeldInput): Verdict {
    switch (input.body.type) {
      case 'terminate':
        this.#end('Terminated', terminationError(input.body.reason));
        return APPLIED;
      case 'suspend':
        return this.#suspend();
      case 'resume':
        return this.resume();
    }
    if (this.#status !== 'Suspended') return this.#run!.apply(input);
    this.#heldBack.push(input);
    return BUFFERED;
  }

  /** {@link advance} lets it go on with what was held back. */
  resume(): Verdict {
    if (this.#status !== 'Suspended') return refused('the instance is not suspended');
    this.#status = 'Running';
    return APPLIED;
  }

  /** Lets the workflow go on as far as it can, with what was held back. */
  advance(): void {
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

  // What a rewind does with it

  /** The input that failed an activity or a child last. */
  get lastFailure(): Run['lastFailure'] {
    return this.#run?.lastFailure;
  }

  /** Another one at the beginning of its run, with the code and the patches that it began with. */
  anew(bodyOf: (seq: number) => InputBody): Lifetime {
    const { definition, interpreter, openedAt } = this.#run!;
    const { patches } = interpreter;
    const has = (patch: string) => patches.get(patch) ?? this.scope.patches.has(patch);
    const other = new Lifetime({ ...this.scope, find: () => definition, patches: { has } });
    other.#time.reach(openedAt);
    const pending = (this.#continuation?.pending ?? []).map((seq) => ({ seq, body: bodyOf(seq) }));
    other.begin(this.#opening!, this.#runNumber, this.#continuation, pending);
    return other;
  }

  /** Takes over where another one is, at its own time. */
  become(other: Lifetime): void {
    other.#time.reach(this.#time.now);
    this.#time = other.#time;
    this.#run = other.#run;
    this.#status = 'Running';
    this.#error = undefined;
  }

  /** Decides anew what is open (see `CommandLedger.reissue`), and goes on with what is to be applied next. */
  reissue(first: number, kept: Map<string, unknown[]>, upcoming: HeldInput[]): void {
    const run = this.#run!;
    run.interpreter.reissue(first, kept);
    run.lastFailure = undefined;
    this.#heldBack = upcoming;
    this.advance();
  }

  #open(opening: Opening, run: number, continuation?: Continuation, past?: Past): void {
    const { workflow, version } = opening;
    const { id, find, patches } = this.scope;
    const definition = find(workflow, version);
    if (definition === undefined) {
      const which = version === undefined ? workflow : `${workflow} version ${version}`;
      const details = { workflow, ...(version !== undefined && { version }) };
      throw new CodedError('UnknownWorkflow', `no code for ${which}`, { details });
    }
    const { input } = continuation ?? opening;
    this.#opening = opening;
    this.#runNumber = run;
    this.#status = 'Running';
    this.#result = undefined;
    this.#error = undefined;
    this.#heldBack = [];
    this.#continuation = continuation;
    this.#run = new Run({ id, run, definition, input, time: this.#time, patches, ...(past && { past }) });
  }

  #suspend(): Verdict {
    if (this.#status === 'Suspended') return refused('the instance is suspended already');
    this.#status = 'Suspended';
    return APPLIED;
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
    const continuation = {
      input,
      number: interpreter.lastNumber,
      ...(customStatus !== undefined && { customStatus: JSON.parse(customStatus) as Json }),
      pending: pending.map(({ seq }) => seq),
      sources: this.scope.sources(),
    };
    this.#open(this.#opening!, this.#runNumber, continuation, interpreter);
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
    this.#endings++;
    this.#run!.interpreter.close();
  }
}

/** What an interpreter that went on from there had left to carry on. */
const pastOf = ({ number, customStatus }: Continuation): Past => ({
  lastNumber: number,
  customStatus: customStatus === undefined ? undefined : JSON.stringify(customStatus),
  takeDecided: noEntries,
});
