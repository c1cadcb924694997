/**
 * Runs one workflow generator and its branches. Knows nothing of inputs, steps or streams.
 *
 * Invariants:
 * 1. Fibers run one at a time, in the order in which they became ready: no clock, no chance.
 * 2. A parked fiber waits for exactly one open command or one join.
 * 3. Command numbers grow and are never used twice.
 * 4. A fiber is cancelled or stopped at most once; what it does then runs undisturbed.
 */
import { ENGINE_FAILURES } from '../definitions';
import { CanceledError, CodedError } from '../errors';
import { toJsonText } from '../json';
import type { Effect, Operation } from '../language/operation';
import { callOptions, type Command } from './command';
import { Fiber, Join, type Resume } from './fiber';
import { fractionOf, uuidOf } from './hash';

/** What the interpreter needs to know of the instance. */
export interface Scope {
  readonly id: string;
  readonly run: number;
  /** The instance's time, in milliseconds since the epoch. */
  now(): number;
  /** Whether code that asks for a patch gets it (see `patched`). */
  patched(id: string): boolean;
}

export type Ending =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown };

/** Commands that one application of inputs may decide, and effects that it may perform. */
const MAX_COMMANDS = 2_000;
const MAX_EFFECTS = 50_000;

export class Interpreter {
  /** Commands that wait for an input, by number; with the fiber that waits. */
  readonly open = new Map<number, { readonly command: Command; readonly fiber: Fiber }>();
  /** Decided since the last {@link takeDecided}. */
  #decided: Command[] = [];
  /** Closed without a result, or withdrawn while their result is still awaited. */
  #withdrawn: Command[] = [];
  readonly #withdrawnNumbers = new Set<number>();
  readonly #buffer = new Map<string, unknown[]>();
  readonly #patches = new Map<string, boolean>();
  readonly #ready: Fiber[] = [];
  readonly #root: Fiber;
  #numbers = 0;
  #effects = 0;
  /** JSON text of the custom status. */
  customStatus: string | undefined;
  /** Set when the workflow has ended. */
  ending: Ending | undefined;

  constructor(
    private readonly scope: Scope,
    body: Operation<unknown>,
  ) {
    this.#root = new Fiber(body);
    this.#enqueue(this.#root, { kind: 'next', value: undefined });
  }

  /** Names of the events that are waited for, in the order of the waits. */
  get waits(): string[] {
    const names: string[] = [];
    for (const { command } of this.open.values()) if (command.kind === 'wait') names.push(command.name);
    return names;
  }

  get cancelable(): boolean {
    return !this.#root.unwinding;
  }

  get hasDecided(): boolean {
    return this.#decided.length > 0 || this.#withdrawn.length > 0;
  }

  /** A withdrawn task is still awaited, but must not be published again. */
  isWithdrawn(n: number): boolean {
    return this.#withdrawnNumbers.has(n);
  }

  /** Gives what was decided and withdrawn since the last call. */
  takeDecided(): { decided: Command[]; withdrawn: Command[] } {
    const taken = { decided: this.#decided, withdrawn: this.#withdrawn };
    this.#decided = [];
    this.#withdrawn = [];
    this.#effects = 0;
    return taken;
  }

  /** Ends the wait for a command. False where the command is not open. */
  settle(n: number, resume: Resume): boolean {
    const entry = this.open.get(n);
    if (entry === undefined) return false;
    this.open.delete(n);
    this.#enqueue(entry.fiber, resume);
    return true;
  }

  /** Hands an event to the oldest wait for its name; keeps it where there is none. */
  raise(name: string, data: unknown): 'applied' | 'buffered' | 'full' {
    for (const [n, { command }] of this.open) {
      if (command.kind === 'wait' && command.name === name) {
        this.settle(n, { kind: 'next', value: data });
        return 'applied';
      }
    }
    const kept = this.#buffer.get(name);
    if (kept === undefined) {
      if (this.#buffer.size >= MAX_BUFFERED) return 'full';
      this.#buffer.set(name, [data]);
      return 'buffered';
    }
    if (kept.length >= MAX_BUFFERED) return 'full';
    kept.push(data);
    return 'buffered';
  }

  /** Throws CanceledError where the workflow waits. */
  cancel(reason: string): void {
    this.#unwind(this.#root, { kind: 'throw', error: new CanceledError(reason) });
  }

  /** Closes everything: the instance is over. */
  close(): void {
    for (const { command } of this.open.values()) this.#withdraw(command);
    this.open.clear();
    this.#ready.length = 0;
    this.#buffer.clear();
  }

  /** Runs every fiber that can go on. A spent budget ends the workflow. */
  run(): void {
    try {
      for (let fiber = this.#ready.shift(); fiber !== undefined; fiber = this.#ready.shift())
        this.#step(fiber);
    } catch (error) {
      this.ending = { kind: 'threw', error };
    }
  }

  #enqueue(fiber: Fiber, resume: Resume): void {
    delete fiber.waitsFor;
    fiber.resume = resume;
    this.#ready.push(fiber);
  }

  #step(fiber: Fiber): void {
    let resume = fiber.resume;
    delete fiber.resume;
    while (resume !== undefined) {
      let result: IteratorResult<Effect, unknown>;
      try {
        result = fiber.advance(resume);
      } catch (error) {
        return this.#finished(fiber, { kind: 'throw', error });
      }
      if (result.done === true) return this.#finished(fiber, { kind: 'next', value: result.value });
      if (++this.#effects > MAX_EFFECTS) throw budgetExceeded(`${MAX_EFFECTS} operations`);
      resume = this.#perform(fiber, result.value);
    }
  }

  /** Carries out an effect; undefined means that the fiber is parked. */
  #perform(fiber: Fiber, effect: Effect): Resume | undefined {
    try {
      return this.#dispatch(fiber, effect);
    } catch (error) {
      if (error instanceof CodedError && error.code === ENGINE_FAILURES.budget) throw error;
      return { kind: 'throw', error };
    }
  }

  #dispatch(fiber: Fiber, effect: Effect): Resume | undefined {
    switch (effect?.type) {
      case 'call': {
        const { activity: name, queue } = effect;
        const args = toJsonText(effect.input, `input of ${name}`);
        const { scheduleToClose, startToClose, retry } = callOptions(name, effect.options);
        const deadline = this.scope.now() + scheduleToClose;
        return this.#park(fiber, {
          kind: 'task',
          n: this.#number(),
          name,
          queue,
          args,
          retry,
          startToClose,
          deadline,
        });
      }
      case 'sleep':
        return this.#sleep(fiber, this.scope.now() + effect.ms, effect.ms);
      case 'sleepUntil':
        return this.#sleep(fiber, effect.at, effect.at);
      case 'wait':
        return this.#wait(fiber, effect.event);
      case 'all':
        return this.#spawn(fiber, new Join('all', fiber), effect.branches);
      case 'race':
        return this.#race(fiber, effect.branches);
      case 'protect':
        return this.#spawn(fiber, new Join('protect', fiber), [effect.branch]);
      case 'child': {
        const args = toJsonText(effect.input, `input of ${effect.workflow}`);
        const n = this.#number();
        const childId = effect.id ?? `${this.scope.id}-${this.scope.run}-${n}`;
        return this.#park(fiber, { kind: 'child', n, name: effect.workflow, args, childId });
      }
      case 'signal': {
        const args = toJsonText(effect.data, `data of ${effect.event}`);
        this.#decide({ kind: 'signal', n: this.#number(), name: effect.event, args, target: effect.target });
        return next(undefined);
      }
      case 'status':
        this.customStatus = toJsonText(effect.value, 'custom status');
        return next(undefined);
      case 'now':
        return next(this.scope.now());
      case 'uuid':
        return next(uuidOf(this.#seed()));
      case 'random':
        return next(fractionOf(this.#seed()));
      case 'patched':
        return next(this.#patched(effect.id));
      default:
        throw new CodedError(
          'NotAnOperation',
          'a workflow may only yield* operations such as call() or sleep()',
        );
    }
  }

  #number(): number {
    return ++this.#numbers;
  }

  #seed(): string {
    return `${this.scope.id}/${this.scope.run}/${this.#number()}`;
  }

  #decide(command: Command): void {
    this.#decided.push(command);
    if (this.#decided.length > MAX_COMMANDS) throw budgetExceeded(`${MAX_COMMANDS} commands`);
  }

  #park(fiber: Fiber, command: Command): undefined {
    this.#decide(command);
    this.open.set(command.n, { command, fiber });
    fiber.waitsFor = command;
  }

  #sleep(fiber: Fiber, due: number, given: number): undefined {
    if (!Number.isFinite(due) || due > MAX_TIME) {
      throw new CodedError(
        'InvalidOptions',
        `cannot sleep for or until ${given}: not a time before the year 9999`,
      );
    }
    return this.#park(fiber, { kind: 'timer', n: this.#number(), name: '', args: '', due: Math.ceil(due) });
  }

  #wait(fiber: Fiber, name: string): Resume | undefined {
    const command: Command = { kind: 'wait', n: this.#number(), name, args: '' };
    const kept = this.#buffer.get(name);
    if (kept === undefined) return this.#park(fiber, command);
    this.#decide(command);
    const value = kept.shift();
    if (kept.length === 0) this.#buffer.delete(name);
    return next(value);
  }

  #race(fiber: Fiber, branches: Readonly<Record<string, Operation<unknown>>>): Resume | undefined {
    const names = Object.keys(branches);
    if (names.length === 0) throw new CodedError('InvalidOptions', 'a race needs at least one branch');
    return this.#spawn(fiber, new Join('race', fiber, names), Object.values(branches));
  }

  #spawn(fiber: Fiber, join: Join, operations: readonly Operation<unknown>[]): Resume | undefined {
    if (operations.length === 0) return next([]);
    join.open = operations.length;
    fiber.waitsFor = join;
    operations.forEach((operation, index) => {
      const branch = new Fiber(operation, join, index);
      join.branches.push(branch);
      this.#enqueue(branch, next(undefined));
    });
    return undefined;
  }

  #patched(id: string): boolean {
    let known = this.#patches.get(id);
    if (known === undefined) {
      known = this.scope.patched(id);
      this.#patches.set(id, known);
      if (known) this.#decide({ kind: 'patch', n: this.#number(), name: id, args: '' });
    }
    return known;
  }

  #finished(fiber: Fiber, how: Resume): void {
    fiber.done = true;
    const join = fiber.join;
    if (join !== undefined) return this.#joined(join, fiber, how);
    this.ending =
      how.kind === 'throw'
        ? { kind: 'threw', error: how.error }
        : { kind: 'returned', value: how.kind === 'next' ? how.value : undefined };
  }

  #joined(join: Join, fiber: Fiber, how: Resume): void {
    join.open--;
    if (join.verdict === undefined) {
      const decided = verdictOf(join, fiber, how);
      if (decided !== undefined) {
        join.verdict = decided;
        for (const branch of join.branches) this.#unwind(branch, { kind: 'return' });
      }
    }
    if (join.open === 0) this.#enqueue(join.owner, join.verdict ?? next(join.values));
  }

  /** Cancels (`throw`) or stops (`return`) a fiber and all its branches; the innermost go first. */
  #unwind(fiber: Fiber, how: Resume): void {
    if (fiber.done || fiber.unwinding) return;
    fiber.unwinding = true;
    const { waitsFor } = fiber;
    if (waitsFor === undefined) {
      fiber.resume = how;
    } else if (waitsFor instanceof Join) {
      waitsFor.verdict = how;
      if (waitsFor.kind === 'protect') this.#withdrawBelow(waitsFor);
      else for (const branch of waitsFor.branches) this.#unwind(branch, how);
    } else {
      this.open.delete(waitsFor.n);
      this.#withdraw(waitsFor);
      this.#enqueue(fiber, how);
    }
  }

  /** Protected tasks are withdrawn, so that they do not start any more, but their end is awaited. */
  #withdrawBelow(join: Join): void {
    for (const { waitsFor } of join.branches) {
      if (waitsFor instanceof Join) this.#withdrawBelow(waitsFor);
      else if (waitsFor?.kind === 'task') this.#withdraw(waitsFor);
    }
  }

  #withdraw(command: Command): void {
    if (this.#withdrawnNumbers.has(command.n)) return;
    this.#withdrawnNumbers.add(command.n);
    this.#withdrawn.push(command);
  }
}

/** Events of one name, and names of events, that are kept for later waits. */
const MAX_BUFFERED = 1_000;
/** The end of the year 9999: RFC 3339 has no later time. */
const MAX_TIME = 253_402_300_799_000;

const next = (value: unknown): Resume => ({ kind: 'next', value });

const budgetExceeded = (what: string): CodedError =>
  new CodedError(
    ENGINE_FAILURES.budget,
    `one input led to more than ${what}: is there a loop that never waits?`,
  );

/** How the end of one branch decides its join, if it does. */
function verdictOf(join: Join, branch: Fiber, how: Resume): Resume | undefined {
  if (how.kind === 'throw') return how;
  const value = how.kind === 'next' ? how.value : undefined;
  if (join.kind === 'race') return next({ winner: join.names[branch.index], value });
  if (join.kind === 'protect') return next(value);
  join.values[branch.index] = value;
  return undefined;
}
