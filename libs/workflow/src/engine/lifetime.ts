/**
 * What becomes of an instance's workflow: it begins, goes on, is suspended and resumed, continues as
 * new, ends, is rewound, begins again. Knows nothing of steps that are taken, or of other instances.
 *
 * Invariants:
 * 1. Only a Running workflow goes on; what comes while it is suspended is held back, in order.
 * 2. A workflow that has ended has nothing open.
 * 3. A rewind leaves it as it was before its newest failed activity, with what came since (`rewind.ts`).
 */
import { ENGINE_FAILURES } from '../definitions';
import { CanceledError, CodedError, type ErrorData } from '../errors';
import { toJsonText, type Json } from '../json';
import type { WorkflowDefinition } from '../language/workflow';
import type { Input, Started } from '../protocol/inputs';
import { isTerminal, type Continuation, type RuntimeStatus, type Step } from '../protocol/step';
import { noEntries } from './command-ledger';
import type { Ending, Interpreter, Past } from './interpreter';
import { endingError, MAX_CONTINUATIONS, terminationError } from './limits';
import { inputsOf, keptOf, neededOf, nextGeneration, type RecordedInput, type RunHistory } from './rewind';
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
        return this.#resume();
    }
    if (this.#status !== 'Suspended') return this.#run!.apply(input);
    this.#heldBack.push(input);
    return BUFFERED;
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

  /** Why it cannot be rewound; undefined where it can. */
  get hindrance(): string | undefined {
    if (this.#status !== 'Failed')
      return `only an instance that has failed can be rewound; this one is ${this.#status}`;
    const { lastFailure, interpreter } = this.#run!;
    if (lastFailure === undefined) return 'no activity of it has failed; restart it instead';
    if (interpreter.undone > lastFailure.undone)
      return 'what it had done was undone since; restart it instead';
    return undefined;
  }

  /** Takes a failed run back to where it was before its newest failed activity. */
  rewind({ steps, bodyOf }: RunHistory): Verdict {
    const { seq: failure } = this.#run!.lastFailure!;
    const history = { steps: neededOf(steps), bodyOf };
    const inputs = inputsOf(history);
    const past = this.#before(failure, inputs, history);
    if (past.hasEnded) return refused('its code leads elsewhere now; restart it instead');
    past.#time.reach(this.#time.now);
    this.#time = past.#time;
    this.#run = past.#run;
    this.#status = 'Running';
    this.#error = undefined;
    this.#goOn(after(inputs, failure), history);
    return { ...APPLIED, undoes: failure };
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

  #resume(): Verdict {
    if (this.#status !== 'Suspended') return refused('the instance is not suspended');
    this.#status = 'Running';
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

  // Rewinding

  /** The run as it was before one of its inputs; what it decided until then is in its steps. */
  #before(failure: number, inputs: readonly RecordedInput[], history: RunHistory): Lifetime {
    const end = inputs.findIndex(({ seq }) => seq === failure);
    const begin = inputs.findLastIndex(
      ({ seq, undoes }, i) => i < end && (undoes !== undefined || seq === this.#runNumber),
    );
    const rewind = inputs[begin];
    const past =
      rewind?.undoes === undefined
        ? this.#anew(history)
        : this.#rewound({ ...rewind, undoes: rewind.undoes }, inputs.slice(0, begin), history);
    for (const { seq, at, body, outcome } of inputs.slice(begin + 1, end)) {
      past.#time.reach(at);
      if (outcome !== 'late') past.apply({ seq, body });
      past.#pass();
    }
    if (past.#status === 'Suspended') past.#resume();
    past.#pass();
    return past;
  }

  /** The run as an earlier rewind left it. */
  #rewound(
    { undoes, at }: { readonly undoes: number; readonly at: number },
    inputs: readonly RecordedInput[],
    history: RunHistory,
  ): Lifetime {
    const past = this.#before(undoes, inputs, history);
    past.#time.reach(at);
    past.#goOn(after(inputs, undoes), history);
    past.#pass();
    return past;
  }

  /** The run at its beginning, with the code and the patches that it began with. */
  #anew({ bodyOf }: RunHistory): Lifetime {
    const { definition, interpreter, openedAt } = this.#run!;
    const { patches } = interpreter;
    const has = (patch: string) => patches.get(patch) ?? this.scope.patches.has(patch);
    const past = new Lifetime({ ...this.scope, find: () => definition, patches: { has } });
    past.#time.reach(openedAt);
    const pending = (this.#continuation?.pending ?? []).map((seq) => ({ seq, body: bodyOf(seq) }));
    past.begin(this.#opening!, this.#runNumber, this.#continuation, pending);
    past.#pass();
    return past;
  }

  /** Goes on; what is decided is in steps already. */
  #pass(): void {
    this.advance();
    this.#run!.interpreter.takeDecided();
  }

  /** Decides what is open anew, and applies the events that came since. */
  #goOn(since: readonly RecordedInput[], { steps }: RunHistory): void {
    const { interpreter } = this.#run!;
    const last = interpreter.lastNumber;
    const first = nextGeneration(last);
    const kept = keptOf(steps, since, (n) => interpreter.commands.isOpen(n) || (n > last && n < first));
    interpreter.reissue(first, kept);
    this.#run!.lastFailure = undefined;
    this.#heldBack = since.filter(({ body }) => body.type === 'event');
    this.advance();
  }
}

/** What an interpreter that went on from there had left to carry on. */
const pastOf = ({ number, customStatus }: Continuation): Past => ({
  lastNumber: number,
  customStatus: customStatus === undefined ? undefined : JSON.stringify(customStatus),
  takeDecided: noEntries,
});

const after = (inputs: readonly RecordedInput[], seq: number): RecordedInput[] =>
  inputs.slice(inputs.findIndex((input) => input.seq === seq) + 1);
