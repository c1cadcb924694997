/**
 * Carries out the effects of one run of a workflow: turns them into commands, values and branches.
 * Knows nothing of inputs, steps or streams; {@link Fibers} knows who runs when.
 *
 * Invariants:
 * 1. Command numbers grow and are never used twice.
 * 2. A command is open from the moment when a fiber waits for it until its result or until the
 *    fiber gives it up; a withdrawn one may be open still, but is never published again.
 * 3. What is passed to a verb is JSON, and not too large, or the verb throws where it was called.
 */
import { ENGINE_FAILURES } from '../definitions';
import { ActivityError, CanceledError, CodedError } from '../errors';
import { toJsonText, type Json } from '../json';
import type { Effect, Operation } from '../language/operation';
import { callOptions, keyOf, recordOf, type Command } from './command';
import { EventBuffer, type KeptEvent } from './event-buffer';
import { next, notAnOperation, type Fiber, type Resume } from './fiber';
import { Fibers } from './fibers';
import { fractionOf, uuidOf } from './hash';
import { checkId, checkName, MAX_COMMANDS, MAX_EFFECTS, MAX_INSTANCE_ID, MAX_TIME } from './limits';

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
  | { readonly kind: 'continued'; readonly input: Json }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown };

/** What an interpreter carries on of one that continued as new. */
export type Past = Pick<Interpreter, 'lastNumber' | 'customStatus' | 'takeDecided'>;

/** An event that a workflow took, and when it took it. */
export interface Origin {
  readonly event: string;
  /** The instance's time, in milliseconds since the epoch. */
  readonly at: number;
}

/** A command that got its result. Nothing is decided by these: they are there to be measured. */
export interface Settled {
  readonly kind: Command['kind'];
  readonly name: string;
  /** The instance's time when it was decided and when it was settled, in milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** The event that it was decided for, be it by way of other activities. */
  readonly origin?: Origin;
}

/** A command that waits for an input. */
interface Open {
  readonly command: Command;
  readonly fiber: Fiber;
  readonly from: number;
  readonly origin: Origin | undefined;
}

type EffectOf<Type extends Effect['type']> = Extract<Effect, { type: Type }>;

export class Interpreter {
  /** By number. */
  readonly #open = new Map<number, Open>();
  /** Since the last {@link takeDecided}. */
  #settled: Settled[] = [];
  /** What is decided in this {@link run} goes back to it. */
  #origin: Origin | undefined;
  /** Decided since the last {@link takeDecided}. */
  #decided: Command[] = [];
  /** Closed without a result, or withdrawn while their result is still awaited. */
  #withdrawn: Command[] = [];
  readonly #withdrawnNumbers = new Set<number>();
  readonly #events = new EventBuffer();
  readonly #patches = new Map<string, boolean>();
  readonly #fibers: Fibers;
  /** Of commands that are decided again after a rewind, by {@link keyOf}: they are over already. */
  #kept = new Map<string, unknown[]>();
  #numbers = 0;
  #effects = 0;
  /** Compensations that have begun. */
  undone = 0;
  /** JSON text of the custom status. */
  customStatus: string | undefined;
  /** Set when the workflow has ended. */
  ending: Ending | undefined;

  constructor(
    private readonly scope: Scope,
    body: Operation<unknown>,
    /** The interpreter whose numbers, custom status and untaken decisions this one carries on. */
    past?: Past,
  ) {
    if (past !== undefined) {
      this.#numbers = past.lastNumber;
      this.customStatus = past.customStatus;
      const { decided, withdrawn, settled } = past.takeDecided();
      this.#decided = decided;
      this.#withdrawn = withdrawn;
      this.#settled = settled;
    }
    this.#fibers = new Fibers(body, {
      perform: (fiber, effect) => this.#perform(fiber, effect),
      abandon: (command) => {
        this.#open.delete(command.n);
        this.#withdraw(command);
      },
      withdraw: (task) => {
        if (this.#decided.includes(task)) this.settle(task.n, neverStarted(task));
        this.#withdraw(task);
      },
    });
  }

  /** The last number that was used. */
  get lastNumber(): number {
    return this.#numbers;
  }

  /** Answers that were given to code which asked for patches. */
  get patches(): ReadonlyMap<string, boolean> {
    return this.#patches;
  }

  /**
   * Decides everything that is open anew, under numbers from `first` on, so that what the old ones
   * lead to is nobody's concern any more. What is kept of the same decisions settles them at once.
   */
  reissue(first: number, kept: Map<string, unknown[]>): void {
    this.#numbers = first - 1;
    this.#kept = kept;
    for (const { command, fiber } of [...this.#open.values()]) {
      if (command.kind === 'wait' || this.#withdrawnNumbers.has(command.n)) continue;
      this.#open.delete(command.n);
      const again: Command = { ...command, n: this.#number() };
      const over =
        again.kind === 'task' ? { ...again, deadline: this.scope.now() + again.scheduleToClose } : again;
      const resume = this.#recall(over) ?? this.#park(fiber, over);
      if (resume !== undefined) this.#fibers.wake(fiber, resume);
    }
  }

  /** The open command of a number. */
  command(n: number): Command | undefined {
    return this.#open.get(n)?.command;
  }

  /** Open commands in the order of their numbers. */
  *openCommands(): Generator<Command, void> {
    for (const { command } of this.#open.values()) yield command;
  }

  get cancelable(): boolean {
    return this.#fibers.cancelable;
  }

  get hasDecided(): boolean {
    return this.#decided.length > 0 || this.#withdrawn.length > 0;
  }

  /** Open, and not withdrawn: its message may be published. */
  isOpen(n: number): boolean {
    return this.#open.has(n) && !this.#withdrawnNumbers.has(n);
  }

  /** Gives what was decided, withdrawn and settled since the last call. */
  takeDecided(): { decided: Command[]; withdrawn: Command[]; settled: Settled[] } {
    const taken = { decided: this.#decided, withdrawn: this.#withdrawn, settled: this.#settled };
    this.#decided = [];
    this.#withdrawn = [];
    this.#settled = [];
    this.#effects = 0;
    return taken;
  }

  /** Ends the wait for a command. False where the command is not open. */
  settle(n: number, resume: Resume): boolean {
    const entry = this.#open.get(n);
    if (entry === undefined) return false;
    this.#open.delete(n);
    this.#fibers.wake(entry.fiber, resume);
    this.#note(entry);
    return true;
  }

  #note({ command: { kind, name }, from, origin }: Open): void {
    const to = this.scope.now();
    this.#settled.push({ kind, name, from, to, ...(origin && { origin }) });
    if (kind === 'wait') this.#origin = { event: name, at: to };
    else this.#origin = kind === 'timer' ? undefined : origin;
  }

  /** Hands an event to the oldest wait for its name; keeps it where there is none. */
  raise(event: KeptEvent): 'applied' | 'buffered' | 'full' {
    const { name, data } = event.body;
    for (const command of this.openCommands()) {
      if (command.kind !== 'wait' || command.name !== name) continue;
      this.settle(command.n, next(data));
      return 'applied';
    }
    return this.#events.keep(event) ? 'buffered' : 'full';
  }

  /** Events that nobody has waited for. */
  keptEvents(): KeptEvent[] {
    return this.#events.all();
  }

  /** Throws CanceledError where the workflow waits. */
  cancel(reason: string): void {
    this.#fibers.cancel(new CanceledError(reason));
  }

  /** Closes everything: the instance is over. */
  close(): void {
    for (const command of this.openCommands()) this.#withdraw(command);
    this.#open.clear();
    this.#fibers.clear();
    this.#events.clear();
  }

  /** Runs every fiber that can go on. A spent budget ends the workflow. */
  run(): void {
    try {
      this.#fibers.run();
    } catch (error) {
      this.ending = { kind: 'threw', error };
      return;
    } finally {
      this.#origin = undefined;
    }
    const how = this.#fibers.ending;
    if (how === undefined) return; // It waits, or has continued as new.
    this.ending =
      how.kind === 'throw'
        ? { kind: 'threw', error: how.error }
        : { kind: 'returned', value: how.kind === 'next' ? how.value : undefined };
  }

  #perform(fiber: Fiber, effect: Effect): Resume | undefined {
    if (++this.#effects > MAX_EFFECTS) throw new BudgetExceeded(`${MAX_EFFECTS} operations`);
    try {
      return this.#dispatch(fiber, effect);
    } catch (error) {
      if (error instanceof BudgetExceeded) throw error;
      return { kind: 'throw', error };
    }
  }

  #dispatch(fiber: Fiber, effect: Effect): Resume | undefined {
    switch (effect?.type) {
      case 'call':
        return this.#call(fiber, effect);
      case 'sleep':
        return this.#sleep(fiber, this.scope.now() + effect.ms, effect.ms);
      case 'sleepUntil':
        return this.#sleep(fiber, effect.at, effect.at);
      case 'wait':
        return this.#wait(fiber, effect.event);
      case 'until':
        return this.#fibers.watch(fiber, effect.holds);
      case 'all':
        return this.#fibers.spawn(fiber, 'all', effect.branches);
      case 'race':
        return this.#race(fiber, effect);
      case 'shield':
        if (effect.undoes) this.undone++;
        return this.#fibers.spawn(fiber, 'shield', [effect.branch]);
      case 'protect':
        return this.#fibers.spawn(fiber, 'protect', [effect.branch]);
      case 'child':
        return this.#child(fiber, effect);
      case 'signal':
        return this.#signal(effect);
      case 'continueAsNew':
        return this.#continueAsNew(fiber, effect.input);
      case 'status':
        this.customStatus = toJsonText(effect.value, 'custom status');
        return next(undefined);
      case 'now':
        return next(this.scope.now());
      case 'uuid':
        return next(uuidOf(this.#seed(this.#number())));
      case 'random':
        return next(fractionOf(this.#seed(this.#number())));
      case 'patched':
        return next(this.#patched(effect.id));
      default:
        throw notAnOperation();
    }
  }

  #call(fiber: Fiber, { activity: name, queue, input, options }: EffectOf<'call'>): Resume | undefined {
    const args = toJsonText(input, `input of ${checkName(name)}`);
    const { scheduleToClose, startToClose, retry } = callOptions(name, options);
    const deadline = this.scope.now() + scheduleToClose;
    const limits = { retry, startToClose, scheduleToClose, deadline };
    const command: Command = { kind: 'task', n: this.#number(), name, queue, args, ...limits };
    return this.#recall(command) ?? this.#park(fiber, command);
  }

  #sleep(fiber: Fiber, due: number, given: number): undefined {
    if (!Number.isFinite(due) || Math.abs(due) > MAX_TIME) {
      throw new CodedError(
        'InvalidOptions',
        `cannot sleep for or until ${given}: not a time before the year 9999`,
      );
    }
    this.#park(fiber, { kind: 'timer', n: this.#number(), name: '', args: '', due: Math.ceil(due) });
  }

  #wait(fiber: Fiber, name: string): Resume | undefined {
    const command: Command = { kind: 'wait', n: this.#number(), name: checkName(name), args: '' };
    if (!this.#events.has(name)) return this.#park(fiber, command);
    this.#decide(command);
    return next(this.#events.take(name));
  }

  #race(fiber: Fiber, { branches }: EffectOf<'race'>): Resume | undefined {
    const names = Object.keys(branches);
    if (names.length === 0) throw new CodedError('InvalidOptions', 'a race needs at least one branch');
    return this.#fibers.spawn(fiber, 'race', Object.values(branches), names);
  }

  #child(fiber: Fiber, { workflow: name, input, id }: EffectOf<'child'>): Resume | undefined {
    const args = toJsonText(input, `input of ${checkName(name)}`);
    if (id !== undefined) checkId(id);
    const n = this.#number();
    const command: Command = { kind: 'child', n, name, args, childId: id ?? this.#childId(n) };
    return this.#recall(command) ?? this.#park(fiber, command);
  }

  /** Readable where it fits. */
  #childId(n: number): string {
    const id = `${this.scope.id}-${this.scope.run}-${n}`;
    return id.length <= MAX_INSTANCE_ID ? id : uuidOf(this.#seed(n));
  }

  #signal({ target, event: name, data }: EffectOf<'signal'>): Resume {
    const args = toJsonText(data, `data of ${checkName(name)}`);
    const command: Command = { kind: 'signal', n: this.#number(), name, args, target: checkId(target) };
    const sent = this.#recall(command);
    if (sent === undefined) this.#decide(command);
    return sent ?? next(undefined);
  }

  /** Whoever asks for it is never woken again. */
  #continueAsNew(fiber: Fiber, given: unknown): undefined {
    if (fiber.join !== undefined)
      throw new CodedError(
        'InvalidOptions',
        'only the workflow itself can continue as new, not a branch of it',
      );
    const input = JSON.parse(toJsonText(given, 'input of the next run')) as Json;
    this.ending = { kind: 'continued', input };
  }

  #patched(id: string): boolean {
    let known = this.#patches.get(id);
    if (known === undefined) {
      known = this.scope.patched(checkName(id));
      this.#patches.set(id, known);
      if (known) this.#decide({ kind: 'patch', n: this.#number(), name: id, args: '' });
    }
    return known;
  }

  #number(): number {
    return ++this.#numbers;
  }

  #seed(n: number): string {
    return `${this.scope.id}/${this.scope.run}/${n}`;
  }

  /** What came of the same decision before a rewind. */
  #recall(command: Command): Resume | undefined {
    if (this.#kept.size === 0) return undefined;
    const values = this.#kept.get(keyOf(recordOf(command, false)));
    return values === undefined || values.length === 0 ? undefined : next(values.shift());
  }

  #decide(command: Command): void {
    this.#decided.push(command);
    if (this.#decided.length > MAX_COMMANDS) throw new BudgetExceeded(`${MAX_COMMANDS} commands`);
  }

  #park(fiber: Fiber, command: Command): undefined {
    this.#decide(command);
    this.#open.set(command.n, { command, fiber, from: this.scope.now(), origin: this.#origin });
    fiber.waitsFor = command;
  }

  #withdraw(command: Command): void {
    if (this.#withdrawnNumbers.has(command.n)) return;
    this.#withdrawnNumbers.add(command.n);
    this.#withdrawn.push(command);
  }
}

/** Withdrawn by the step that decides it, a task is not published at all: there is nothing to wait for, or to undo. */
function neverStarted({ name }: Command): Resume {
  const error = { code: ENGINE_FAILURES.withdrawn, message: `${name} was not started`, retryable: false };
  return { kind: 'throw', error: new ActivityError(name, error) };
}

/** Ends the instance; the workflow's code cannot catch it. */
class BudgetExceeded extends CodedError {
  constructor(what: string) {
    super(ENGINE_FAILURES.budget, `one input led to more than ${what}: is there a loop that never waits?`);
  }
}
