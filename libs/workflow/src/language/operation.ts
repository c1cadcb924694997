/**
 * What a workflow is made of. A workflow is a generator that yields operations with `yield*`;
 * an operation performs effects, which are plain data; one interpreter carries them out.
 *
 * `Operation` has an iterator and nothing else, so the compiler refuses a yielded promise, a
 * forgotten `*`, a wrong input and a wrong result.
 */
import type { CallOptions } from '../definitions';

/** Something that a workflow can `yield*`; gives a `T` when it is done. */
export interface Operation<T> {
  [Symbol.iterator](): Iterator<Effect, T, unknown>;
}

export type Effect =
  | {
      readonly type: 'call';
      readonly activity: string;
      readonly queue: string;
      readonly input: unknown;
      readonly options: CallOptions;
    }
  | { readonly type: 'sleep'; readonly ms: number }
  | { readonly type: 'sleepUntil'; readonly at: number }
  | { readonly type: 'wait'; readonly event: string }
  | { readonly type: 'until'; readonly holds: () => boolean }
  | { readonly type: 'all'; readonly branches: readonly Operation<unknown>[] }
  | { readonly type: 'race'; readonly branches: Readonly<Record<string, Operation<unknown>>> }
  | { readonly type: 'protect'; readonly branch: Operation<unknown> }
  /** `undoes`: the branch takes back what the workflow did. */
  | { readonly type: 'shield'; readonly branch: Operation<unknown>; readonly undoes?: true }
  | {
      readonly type: 'child';
      readonly workflow: string;
      readonly input: unknown;
      readonly id: string | undefined;
    }
  | { readonly type: 'signal'; readonly target: string; readonly event: string; readonly data: unknown }
  | { readonly type: 'continueAsNew'; readonly input: unknown }
  | { readonly type: 'status'; readonly value: unknown }
  | { readonly type: 'now' }
  | { readonly type: 'uuid' }
  | { readonly type: 'random' }
  | { readonly type: 'patched'; readonly id: string };

/** Performs one effect. The only place where the type of its answer is taken on trust. */
export function perform<T>(effect: Effect): Operation<T> {
  return {
    *[Symbol.iterator]() {
      return (yield effect) as T;
    },
  };
}

/** What an operation gives. */
export type OutputOf<O> = O extends Operation<infer T> ? T : never;
