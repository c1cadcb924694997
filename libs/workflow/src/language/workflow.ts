import type { WorkflowRef } from '../definitions';
import type { Operation } from './operation';

/** A workflow's code at one version. */
export interface WorkflowDefinition {
  readonly name: string;
  /** Whole number from 1; instances stay on the version that they began with. */
  readonly version: number;
  body(input: unknown): Operation<unknown>;
}

/**
 * Binds a declared workflow to its code.
 *
 * @example
 * export const greet = workflow(greeting, { version: 1 }, function* ({ name }) {
 *   return yield* call(sayHello, { name });
 * });
 */
export function workflow<Input, Output>(
  ref: WorkflowRef<Input, Output>,
  options: { readonly version: number },
  body: (input: Input) => Operation<Output>,
): WorkflowDefinition {
  return { name: ref.name, version: options.version, body: (input) => body(input as Input) };
}
