/**
 * The account of one run's commands: which are open and who waits for them; which were decided,
 * withdrawn and settled since the last step. The interpreter makes its entries, inputs look up what is
 * open, a step takes what is new. Knows nothing of effects.
 *
 * Invariants:
 * 1. Command numbers grow and are never used twice.
 * 2. A command is open from the moment when a fiber waits for it until its result or until the
 *    fiber gives it up; a withdrawn one may be open still, but is never published again.
 * 3. Every entry is taken exactly once, in the order in which it was made.
 */
import { keyOf, recordOf, type Command } from './command';
import { next, type Fiber, type Resume } from './fiber';
import { BudgetExceeded, MAX_COMMANDS } from './limits';

/** An event that a workflow took, and when it came. */
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

/** What happened to commands from one step to the next. */
export interface Entries {
  readonly decided: Command[];
  /** Closed without a result, or withdrawn while their result is still awaited. */
  readonly withdrawn: Command[];
  readonly settled: Settled[];
}

export const noEntries = (): Entries => ({ decided: [], withdrawn: [], settled: [] });

/** A command that waits for an input. */
interface Open {
  readonly command: Command;
  readonly fiber: Fiber;
  readonly from: number;
  readonly origin: Origin | undefined;
}

/** A fiber that need not wait any more. */
interface Resumed {
  readonly fiber: Fiber;
  readonly resume: Resume;
}

/** The ledger, to be read only. */
export type Commands = Pick<CommandLedger, 'get' | 'open' | 'isOpen' | 'reissuable' | 'hasDecided'>;

export class CommandLedger {
  #lastNumber: number;
  /** By number. */
  readonly #open = new Map<number, Open>();
  #decided: Command[];
  #withdrawn: Command[];
  readonly #withdrawnNumbers = new Set<number>();
  #settled: Settled[];
  /** What is decided now goes back to it. */
  #origin: Origin | undefined;
  /** Of commands that are decided again after a rewind, by {@link keyOf}: they are over already. */
  #kept = new Map<string, unknown[]>();

  constructor(
    /** The instance's time, in milliseconds since the epoch. */
    private readonly time: { now(): number },
    /** The last number that was used before. */
    lastNumber = 0,
    /** Made before, and not taken yet. */
    { decided, withdrawn, settled }: Entries = noEntries(),
  ) {
    this.#lastNumber = lastNumber;
    this.#decided = decided;
    this.#withdrawn = withdrawn;
    this.#settled = settled;
  }

  /** The last number that was used. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  nextNumber(): number {
    return ++this.#lastNumber;
  }

  /** The open command of a number. */
  get(n: number): Command | undefined {
    return this.#open.get(n)?.command;
  }

  /** Open commands in the order of their numbers. */
  *open(): Generator<Command, void> {
    for (const { command } of this.#open.values()) yield command;
  }

  /** Open, and not withdrawn: its message may be published. */
  isOpen(n: number): boolean {
    return this.#open.has(n) && !this.#withdrawnNumbers.has(n);
  }

  /** Whether the next step has something to say. */
  get hasDecided(): boolean {
    return this.#decided.length > 0 || this.#withdrawn.length > 0;
  }

  /** Decided since the last {@link take}: no step has published it. */
  isNew(command: Command): boolean {
    return this.#decided.includes(command);
  }

  /**
   * A command that nobody waits for.
   *
   * @throws BudgetExceeded when one application of inputs decides too many.
   */
  decide(command: Command): void {
    this.#decided.push(command);
    if (this.#decided.length > MAX_COMMANDS) throw new BudgetExceeded(`${MAX_COMMANDS} commands`);
  }

  /** A wait for an event that has come already: it is over at once. Throws as {@link decide}. */
  decideMet(wait: Command, at: number): void {
    this.decide(wait);
    this.#note({ command: wait, from: this.time.now(), origin: this.#origin }, at);
  }

  /** A command that a fiber waits for. Throws as {@link decide}. */
  park(fiber: Fiber, command: Command): undefined {
    this.decide(command);
    this.#open.set(command.n, { command, fiber, from: this.time.now(), origin: this.#origin });
    fiber.waitsFor = command;
  }

  /** What came of the same decision before a rewind: it is not to be made again. */
  recall(command: Command): Resume | undefined {
    if (this.#kept.size === 0) return undefined;
    const values = this.#kept.get(keyOf(recordOf(command, false)));
    return values === undefined || values.length === 0 ? undefined : next(values.shift());
  }

  /** How many commands {@link reissue} decides anew, at most. */
  get reissuable(): number {
    return this.#reissuable().length;
  }

  #reissuable(): Open[] {
    return [...this.#open.values()].filter(({ command: { kind, n } }) => kind !== 'wait' && this.isOpen(n));
  }

  /**
   * Decides everything that is open anew, under numbers from `first` on, so that what the old ones
   * lead to is nobody's concern any more. What is kept of the same decisions settles them at once.
   */
  reissue(first: number, kept: Map<string, unknown[]>): Resumed[] {
    this.#lastNumber = first - 1;
    this.#kept = kept;
    const resumed: Resumed[] = [];
    for (const { command, fiber } of this.#reissuable()) {
      this.#open.delete(command.n);
      const again: Command = { ...command, n: this.nextNumber() };
      const over =
        again.kind === 'task' ? { ...again, deadline: this.time.now() + again.scheduleToClose } : again;
      const resume = this.recall(over) ?? this.park(fiber, over);
      if (resume !== undefined) resumed.push({ fiber, resume });
    }
    return resumed;
  }

  /** The result of a command is there; gives the fiber that waited. Undefined where it is not open. */
  settle(n: number): Fiber | undefined {
    const open = this.#open.get(n);
    if (open === undefined) return undefined;
    this.#open.delete(n);
    this.#note(open);
    return open.fiber;
  }

  /** @param at when the event came, where it was a wait */
  #note({ command: { kind, name }, from, origin }: Omit<Open, 'fiber'>, at = this.time.now()): void {
    const to = this.time.now();
    this.#settled.push({ kind, name, from, to, ...(origin && { origin }) });
    if (kind === 'wait') this.#origin = { event: name, at };
    else this.#origin = kind === 'timer' ? undefined : origin;
  }

  /** What was settled has had its consequences: what is decided from now on goes back to nothing. */
  forgetOrigin(): void {
    this.#origin = undefined;
  }

  /** Its message is not to be published any more; a result is awaited all the same. */
  withdraw(command: Command): void {
    if (this.#withdrawnNumbers.has(command.n)) return;
    this.#withdrawnNumbers.add(command.n);
    this.#withdrawn.push(command);
  }

  /** Nobody waits for it any more. */
  abandon(command: Command): void {
    this.#open.delete(command.n);
    this.withdraw(command);
  }

  /** Nobody waits for anything any more. */
  abandonAll(): void {
    for (const command of this.open()) this.withdraw(command);
    this.#open.clear();
  }

  /** Gives what was decided, withdrawn and settled since the last call. */
  take(): Entries {
    const taken = { decided: this.#decided, withdrawn: this.#withdrawn, settled: this.#settled };
    this.#decided = [];
    this.#withdrawn = [];
    this.#settled = [];
    return taken;
  }
}
