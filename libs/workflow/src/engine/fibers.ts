/**
 * Who runs, who waits for whom, and what stops whom. Knows effects only as something that its host
 * performs, and commands only as something that a fiber waits for.
 *
 * Invariants:
 * 1. Fibers run one at a time, in the order in which they became ready: no clock, no chance.
 * 2. A parked fiber waits for exactly one command, join or condition; a ready one for nothing.
 * 3. A join goes on when all its branches have ended, `finally` blocks included.
 * 4. Conditions are looked at, the oldest first, only when no fiber is ready.
 * 5. A fiber is cancelled or stopped at most once; what it does then runs undisturbed.
 */
import type { Effect, Operation } from '../language/operation';
import type { Command } from './command';
import { Condition, Fiber, Join, next, stop, type JoinKind, type Resume } from './fiber';

export interface FiberHost {
  /** Carries out an effect; undefined means that the fiber is parked and `waitsFor` is set. */
  perform(fiber: Fiber, effect: Effect): Resume | undefined;
  /** The fiber does not wait for the command any more. */
  abandon(command: Command): void;
  /** The task is not to start any more; if it has, its end is awaited all the same. */
  withdraw(task: Command): void;
}

export class Fibers {
  readonly #root: Fiber;
  readonly #ready: Fiber[] = [];
  /** Those that wait for a condition, in the order in which they began to. */
  readonly #watching = new Map<Fiber, Condition>();
  /** How the root ended. */
  ending: Resume | undefined;

  constructor(
    body: Operation<unknown>,
    private readonly host: FiberHost,
  ) {
    this.#root = new Fiber(body);
    this.wake(this.#root, next(undefined));
  }

  /** Whether the root was not cancelled yet. */
  get cancelable(): boolean {
    return !this.#root.unwinding;
  }

  /** Runs every fiber that can go on. Throws only what the host throws. */
  run(): void {
    for (;;) {
      const fiber = this.#ready.shift();
      if (fiber !== undefined) this.#step(fiber);
      else if (!this.#wakeOne()) return;
    }
  }

  /** Parks a fiber until a condition holds. */
  watch(fiber: Fiber, holds: () => boolean): undefined {
    const condition = new Condition(holds);
    fiber.waitsFor = condition;
    this.#watching.set(fiber, condition);
  }

  /** Makes a parked fiber ready. */
  wake(fiber: Fiber, how: Resume): void {
    delete fiber.waitsFor;
    fiber.resume = how;
    this.#ready.push(fiber);
  }

  /** Runs operations as branches of a fiber. */
  spawn(
    owner: Fiber,
    kind: JoinKind,
    operations: readonly Operation<unknown>[],
    names?: readonly string[],
  ): Resume | undefined {
    if (operations.length === 0) return next([]);
    const join = new Join(kind, owner, operations, names);
    owner.waitsFor = join;
    for (const branch of join.branches) this.wake(branch, next(undefined));
    return undefined;
  }

  /** Throws an error where the root waits, and where its branches do. */
  cancel(error: Error): void {
    this.#unwind(this.#root, { kind: 'throw', error });
  }

  /** Nothing runs any more. */
  clear(): void {
    this.#ready.length = 0;
    this.#watching.clear();
  }

  /** The oldest fiber whose condition holds, or cannot be told, goes on. */
  #wakeOne(): boolean {
    for (const [fiber, { holds }] of this.#watching) {
      const how = outcomeOf(holds);
      if (how === undefined) continue;
      this.#watching.delete(fiber);
      this.wake(fiber, how);
      return true;
    }
    return false;
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
      if (result.done === true) return this.#finished(fiber, next(result.value));
      resume = this.host.perform(fiber, result.value);
    }
  }

  #finished(fiber: Fiber, how: Resume): void {
    fiber.done = true;
    const { join } = fiber;
    if (join === undefined) {
      this.ending = how;
      return;
    }
    if (join.ended(fiber, how)) for (const branch of join.branches) this.#unwind(branch, stop);
    if (join.open === 0) this.wake(join.owner, join.verdict ?? next(join.values));
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
      if (waitsFor.kind === 'protect') this.#letEnd(waitsFor);
      else if (waitsFor.kind !== 'shield') for (const branch of waitsFor.branches) this.#unwind(branch, how);
    } else {
      if (waitsFor instanceof Condition) this.#watching.delete(fiber);
      else this.host.abandon(waitsFor);
      this.wake(fiber, how);
    }
  }

  /** A protected branch that has begun goes on to its end, but its tasks are withdrawn. */
  #letEnd({ branches }: Join): void {
    for (const branch of branches) {
      if (branch.begun) this.#withdrawTasks(branch);
      else branch.resume = stop;
    }
  }

  #withdrawTasks({ waitsFor }: Fiber): void {
    if (waitsFor instanceof Join) for (const branch of waitsFor.branches) this.#withdrawTasks(branch);
    else if (waitsFor !== undefined && 'kind' in waitsFor && waitsFor.kind === 'task')
      this.host.withdraw(waitsFor);
  }
}

function outcomeOf(holds: () => boolean): Resume | undefined {
  try {
    return holds() ? next(undefined) : undefined;
  } catch (error) {
    return { kind: 'throw', error };
  }
}
