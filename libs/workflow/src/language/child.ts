import type { WorkflowRef } from '../definitions';
import { perform, type Operation } from './operation';

/**
 * Starts another workflow and waits for its result. Its id, if none is given, derives from the parent's.
 * A child that nobody waits for any more (a lost race, cancel, terminate) goes on by itself.
 *
 * @throws ActivityError in the workflow when the child ends in any other way than Completed, or
 *   when its id belongs to another instance (`ChildIdTaken`).
 * @example const outcome = yield* child(notifyOnTask, { taskid, description });
 */
export function child<Input, Output>(
  workflow: WorkflowRef<Input, Output>,
  input: Input,
  options: { readonly id?: string } = {},
): Operation<Output> {
  return perform({ type: 'child', workflow: workflow.name, input, id: options.id });
}
