import type { Effect, Operation } from '../language/operation';
import type { Command } from './command';

/** How a fiber goes on. */
export type Resume =
  | { readonly kind: 'next'; readonly value: unknown }
  | { readonly kind: 'throw'; readonly error: unknown }
  /** Stop: only `finally` blocks still run. */
  | { readonly kind: 'return' };

/** One generator in progress: the workflow's body, or one branch of it. */
export class Fiber {
  readonly #iterator: Iterator<Effect, unknown, unknown>;
  /** What it waits for while it is parked. */
  waitsFor?: Command | Join;
  /** How it goes on, while it is queued. */
  resume?: Resume;
  done = false;
  /** It was cancelled or stopped once; what it does since then is cleaning up, and is left alone. */
  unwinding = false;

  constructor(
    operation: Operation<unknown>,
    /** The join that it is a branch of; the root has none. */
    readonly join?: Join,
    readonly index = 0,
  ) {
    this.#iterator = operation[Symbol.iterator]();
  }

  /** Runs the generator to its next effect or its end. Throws what the generator throws. */
  advance(resume: Resume): IteratorResult<Effect, unknown> {
    switch (resume.kind) {
      case 'next':
        return this.#iterator.next(resume.value);
      case 'throw':
        if (this.#iterator.throw === undefined) throw resume.error;
        return this.#iterator.throw(resume.error);
      case 'return':
        return this.#iterator.return?.(undefined) ?? { done: true, value: undefined };
    }
  }
}

/** A fiber that waits for branches of its own. */
export class Join {
  readonly branches: Fiber[] = [];
  readonly values: unknown[] = [];
  /** Branches that have not ended. */
  open = 0;
  /** Set once it is decided how the owner goes on; that happens when no branch is open. */
  verdict?: Resume;

  constructor(
    readonly kind: 'all' | 'race' | 'protect',
    readonly owner: Fiber,
    /** Names of a race's branches. */
    readonly names: readonly string[] = [],
  ) {}
}
