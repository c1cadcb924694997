import { VirtualClock } from './clock';
import type { SeededRandom } from './random';

interface Action {
  /** What happens, for the trace and the fingerprint. */
  readonly label: string;
  /** Returns true when it entered the code under test, which then runs until it waits again. */
  readonly run: () => boolean;
}

export interface RunLimits {
  /** Ends the run when it holds; asked before every action. */
  readonly until?: () => boolean;
  /** Virtual milliseconds from now. Needed where the code under test has timers that never end. */
  readonly forMs?: number;
  /** More actions than this are taken for a loop that never rests. Default: a million. */
  readonly maxSteps?: number;
  /** Called before each action: the place to crash a client or to restart the broker. */
  readonly each?: () => unknown;
}

/**
 * `idle`: nothing is under way and nothing will ever happen by itself (where `forMs` was given it
 * has passed). `time`: `forMs` has passed and more would happen.
 */
export type RunEnd = 'until' | 'idle' | 'time';

/** Under jest each look at a global costs more than all the rest of a step. */
const { imul } = Math;

const MAX_STEPS = 1_000_000;
/** Virtual time that an action takes, in milliseconds: a loop without a pause cannot stop time. */
const STEP_MS = 1 / 16;

/**
 * Runs actions one at a time in an order that the seed decides; advances virtual time to the next
 * timer when no action is left.
 *
 * After an action that entered the code under test, every promise reaction runs before the next
 * action, as between two events of Node's own loop. So an action never falls into the middle of
 * a chain of awaits, and the order of everything depends on the seed alone: as long as the code
 * under test waits for nothing but its ports (no real timers, no I/O, no `setImmediate`).
 */
export class Scheduler {
  readonly clock = new VirtualClock();
  /** Every action's label with its time, newest last; only with `traced`. */
  readonly trace: string[] = [];
  private readonly runnable: Action[] = [];
  private hash = 0x811c9dc5;
  private count = 0;

  constructor(
    readonly random: SeededRandom,
    private readonly traced = false,
  ) {}

  /** Actions so far. */
  get steps(): number {
    return this.count;
  }

  /** Hash over all actions and their times: equal runs have equal ones. */
  get fingerprint(): string {
    return `${this.count}-${(this.hash >>> 0).toString(16)}`;
  }

  add(label: string, run: () => boolean, delayMs = 0): void {
    if (delayMs > 0) this.clock.after(delayMs, () => this.runnable.push({ label, run }));
    else this.runnable.push({ label, run });
  }

  /** @throws Error after `maxSteps` actions. What an action throws ends the run, too. */
  async run({ until, forMs = Infinity, maxSteps = MAX_STEPS, each }: RunLimits = {}): Promise<RunEnd> {
    const end = this.clock.now() + forMs;
    const lastStep = this.count + maxSteps;
    await drained();
    while (until?.() !== true) {
      if (this.count >= lastStep)
        throw new Error(`No rest after ${maxSteps} actions; the last: ${this.recent()}`);
      each?.();
      const action = this.next(end);
      if (typeof action === 'string') return action;
      this.record(action.label);
      if (action.run()) await drained();
    }
    return 'until';
  }

  private next(end: number): Action | 'idle' | 'time' {
    const { clock, runnable } = this;
    if (clock.now() >= end) return 'time';
    const next = clock.now() + STEP_MS;
    clock.advanceTo(next < end ? next : end);
    this.ring();
    while (runnable.length === 0) {
      if (!clock.waited && end === Infinity) return 'idle';
      const due = clock.nextDue;
      if (due > end) {
        const rest = clock.waited ? 'time' : 'idle';
        clock.advanceTo(end);
        return rest;
      }
      clock.advanceTo(due);
      this.ring();
    }
    const index = runnable.length === 1 ? 0 : this.random.between(0, runnable.length - 1);
    const action = runnable[index] as Action;
    runnable[index] = runnable.at(-1) as Action;
    runnable.pop();
    return action;
  }

  /** Timers only make actions runnable, so those of one instant come in any order. */
  private ring(): void {
    for (let due = this.clock.takeDue(); due !== undefined; due = this.clock.takeDue()) due();
  }

  private record(label: string): void {
    this.count++;
    let { hash } = this;
    for (let i = 0; i < label.length; i++) hash = imul(hash ^ label.charCodeAt(i), 0x01000193);
    this.hash = imul(hash ^ (this.clock.now() * 16), 0x01000193);
    if (this.traced) this.trace.push(`${this.clock.now().toFixed(2)} ${label}`);
  }

  private recent(): string {
    return this.traced ? `\n${this.trace.slice(-20).join('\n')}` : '(run it with its trace)';
  }
}

/** Node empties the queue of promise reactions before the next tick, however long their chains are. */
const drained = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
