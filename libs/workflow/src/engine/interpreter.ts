/**
 * Carries out the effects of one run of a workflow: turns them into commands, values and branches.
 * Knows nothing of inputs, steps or streams; {@link Fibers} knows who runs when, {@link CommandLedger}
 * what became of the commands.
 *
 * Invariants:
 * 1. What is passed to a verb is JSON, and not too large, or the verb throws where it was called.
 * 2. A verb that throws decides nothing. A spent budget ends the workflow, whatever its code catches.
 */
import { ENGINE_FAILURES } from '../definitions';
import { ActivityError, CanceledError, CodedError } from '../errors';
import { toJsonText, type Json } from '../json';
import type { Effect, Operation } from '../language/operation';
import { callOptions, type Command } from './command';
import { CommandLedger, type Commands, type Entries } from './command-ledger';
import { EventBuffer, type KeptEvent, type RaisedEvent } from './event-buffer';
import { next, notAnOperation, type Fiber, type Resume } from './fiber';
import { Fibers } from './fibers';
import { fractionOf, uuidOf } from './hash';
import { BudgetExceeded, checkId, checkName, MAX_EFFECTS, MAX_INSTANCE_ID, MAX_TIME } from './limits';

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

type EffectOf<Type extends Effect['type']> = Extract<Effect, { type: Type }>;

export class Interpreter {
  readonly #ledger: CommandLedger;
  readonly #events = new EventBuffer();
  readonly #patches = new Map<string, boolean>();
  readonly #fibers: Fibers;
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
    this.#ledger = new CommandLedger(scope, past?.lastNumber, past?.takeDecided());
    this.customStatus = past?.customStatus;
    this.#fibers = new Fibers(body, {
      perform: (fiber, effect) => this.#perform(fiber, effect),
      abandon: (command) => this.#ledger.abandon(command),
      withdraw: (task) => {
        if (this.#ledger.isNew(task)) this.settle(task.n, neverStarted(task));
        this.#ledger.withdraw(task);
      },
    });
  }

  /** What is open, and whether anything was decided. */
  get commands(): Commands {
    return this.#ledger;
  }

  /** The last number that was used. */
  get lastNumber(): number {
    return this.#ledger.lastNumber;
  }

  /** Answers that were given to code which asked for patches. */
  get patches(): ReadonlyMap<string, boolean> {
    return this.#patches;
  }

  get cancelable(): boolean {
    return this.#fibers.cancelable;
  }

  /** Decides anew what is open (see {@link CommandLedger.reissue}). */
  reissue(first: number, kept: Map<string, unknown[]>): void {
    for (const { fiber, resume } of this.#ledger.reissue(first, kept)) this.#fibers.wake(fiber, resume);
  }

  /** Gives what was decided, withdrawn and settled since the last call; the budget is full again. */
  takeDecided(): Entries {
    this.#effects = 0;
    return this.#ledger.take();
  }

  /** Ends the wait for a command, if it is open. */
  settle(n: number, resume: Resume): void {
    const fiber = this.#ledger.settle(n);
    if (fiber !== undefined) this.#fibers.wake(fiber, resume);
  }

  /** Hands an event to the oldest wait for its name; keeps it where there is none. */
  raise({ seq, body }: RaisedEvent): 'applied' | 'buffered' | 'full' {
    const { name, data } = body;
    for (const command of this.#ledger.open()) {
      if (command.kind !== 'wait' || command.name !== name) continue;
      this.settle(command.n, next(data));
      return 'applied';
    }
    return this.#events.keep({ seq, body, at: this.scope.now() }) ? 'buffered' : 'full';
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
    this.#ledger.abandonAll();
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
      this.#ledger.forgetOrigin();
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
        return next(uuidOf(this.#seed(this.#ledger.nextNumber())));
      case 'random':
        return next(fractionOf(this.#seed(this.#ledger.nextNumber())));
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
    const command: Command = { kind: 'task', n: this.#ledger.nextNumber(), name, queue, args, ...limits };
    return this.#ledger.recall(command) ?? this.#ledger.park(fiber, command);
  }

  #sleep(fiber: Fiber, due: number, given: number): undefined {
    if (!Number.isFinite(due) || Math.abs(due) > MAX_TIME) {
      throw new CodedError(
        'InvalidOptions',
        `cannot sleep for or until ${given}: not a time before the year 9999`,
      );
    }
    this.#ledger.park(fiber, {
      kind: 'timer',
      n: this.#ledger.nextNumber(),
      name: '',
      args: '',
      due: Math.ceil(due),
    });
  }

  #wait(fiber: Fiber, name: string): Resume | undefined {
    const command: Command = { kind: 'wait', n: this.#ledger.nextNumber(), name: checkName(name), args: '' };
    const kept = this.#events.take(name);
    if (kept === undefined) return this.#ledger.park(fiber, command);
    this.#ledger.decideMet(command, kept.at);
    return next(kept.body.data);
  }

  #race(fiber: Fiber, { branches }: EffectOf<'race'>): Resume | undefined {
    const names = Object.keys(branches);
    if (names.length === 0) throw new CodedError('InvalidOptions', 'a race needs at least one branch');
    return this.#fibers.spawn(fiber, 'race', Object.values(branches), names);
  }

  #child(fiber: Fiber, { workflow: name, input, id }: EffectOf<'child'>): Resume | undefined {
    const args = toJsonText(input, `input of ${checkName(name)}`);
    if (id !== undefined) checkId(id);
    const n = this.#ledger.nextNumber();
    const command: Command = { kind: 'child', n, name, args, childId: id ?? this.#childId(n) };
    return this.#ledger.recall(command) ?? this.#ledger.park(fiber, command);
  }

  /** Readable where it fits. */
  #childId(n: number): string {
    const id = `${this.scope.id}-${this.scope.run}-${n}`;
    return id.length <= MAX_INSTANCE_ID ? id : uuidOf(this.#seed(n));
  }

  #signal({ target, event: name, data }: EffectOf<'signal'>): Resume {
    const args = toJsonText(data, `data of ${checkName(name)}`);
    const command: Command = {
      kind: 'signal',
      n: this.#ledger.nextNumber(),
      name,
      args,
      target: checkId(target),
    };
    const sent = this.#ledger.recall(command);
    if (sent === undefined) this.#ledger.decide(command);
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
      if (known) this.#ledger.decide({ kind: 'patch', n: this.#ledger.nextNumber(), name: id, args: '' });
    }
    return known;
  }

  #seed(n: number): string {
    return `${this.scope.id}/${this.scope.run}/${n}`;
  }
}

/** Withdrawn by the step that decides it, a task is not published at all: there is nothing to wait for, or to undo. */
function neverStarted({ name }: Command): Resume {
  const error = { code: ENGINE_FAILURES.withdrawn, message: `${name} was not started`, retryable: false };
  return { kind: 'throw', error: new ActivityError(name, error) };
}
