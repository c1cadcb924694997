import { CodedError } from '../errors';
import type { Effect, Operation } from '../language/operation';
import type { Command } from './command';

/** How a fiber goes on. */
export type Resume =
  | { readonly kind: 'next'; readonly value: unknown }
  | { readonly kind: 'throw'; readonly error: unknown }
  /** Stop: only `finally` blocks still run. */
  | { readonly kind: 'return' };

export const next = (value: unknown): Resume => ({ kind: 'next', value });
export const stop: Resume = { kind: 'return' };

/** One generator in progress: the workflow's body, or one branch of it. */
export class Fiber {
  #iterator: Iterator<Effect, unknown, unknown> | undefined;
  /** What it waits for while it is parked. */
  waitsFor?: Command | Join | Condition;
  /** How it goes on, while it is queued. */
  resume?: Resume;
  done = false;
  /** It was cancelled or stopped once; what it does since then is cleaning up, and is left alone. */
  unwinding = false;

  constructor(
    private readonly operation: Operation<unknown>,
    /** The join that it is a branch of; the root has none. */
    readonly join?: Join,
    readonly index = 0,
  ) {}

  /** Whether any of its code has run. */
  get begun(): boolean {
    return this.#iterator !== undefined;
  }

  /** Runs the generator to its next effect or its end. Throws what the generator throws. */
  advance(resume: Resume): IteratorResult<Effect, unknown> {
    switch (resume.kind) {
      case 'next':
        return (this.#iterator ??= iteratorOf(this.operation)).next(resume.value);
      case 'throw':
        if (this.#iterator?.throw === undefined) throw resume.error;
        return this.#iterator.throw(resume.error);
      case 'return':
        return this.#iterator?.return?.(undefined) ?? { done: true, value: undefined };
    }
  }
}

/** Calls the operation's code for the first time: whatever is wrong with it, is so in its own fiber. */
function iteratorOf(operation: Operation<unknown> | undefined): Iterator<Effect, unknown, unknown> {
  if (typeof operation?.[Symbol.iterator] !== 'function') throw notAnOperation();
  return operation[Symbol.iterator]();
}

export const notAnOperation = (): CodedError =>
  new CodedError('NotAnOperation', 'a workflow may only yield* operations such as call() or sleep()');

/** Something that another branch brings about. */
export class Condition {
  constructor(readonly holds: () => boolean) {}
}

/**
 * `all` and `race` have branches side by side; `protect` and `shield` have one that neither cancel
 * nor a lost race reaches into (`protect` still withdraws its tasks).
 */
export type JoinKind = 'all' | 'race' | 'protect' | 'shield';

/** A fiber that waits for branches of its own. */
export class Join {
  readonly branches: readonly Fiber[];
  readonly values: unknown[] = [];
  /** Branches that have not ended. */
  open: number;
  /** Set once it is decided how the owner goes on; that happens when no branch is open. */
  verdict?: Resume;

  constructor(
    readonly kind: JoinKind,
    readonly owner: Fiber,
    operations: readonly Operation<unknown>[],
    /** Names of a race's branches. */
    private readonly names: readonly string[] = [],
  ) {
    this.branches = operations.map((operation, index) => new Fiber(operation, this, index));
    this.open = operations.length;
  }

  /**
   * Takes note of how a branch ended; gives true when that decides the join, so that the others are
   * to be stopped. What fails while it is being stopped is not lost: as a `finally` that throws, it
   * takes the place of what was decided. Only a protected branch's own failure comes too late.
   */
  ended(branch: Fiber, how: Resume): boolean {
    this.open--;
    if (this.verdict !== undefined) {
      if (how.kind === 'throw' && this.kind !== 'protect') this.verdict = how;
      return false;
    }
    if (how.kind === 'throw') this.verdict = how;
    else {
      const value = how.kind === 'next' ? how.value : undefined;
      if (this.kind === 'race') this.verdict = next({ winner: this.names[branch.index], value });
      else if (this.kind === 'all') this.values[branch.index] = value;
      else this.verdict = next(value);
    }
    return this.verdict !== undefined;
  }
}
