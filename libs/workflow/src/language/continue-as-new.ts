import { perform, type Operation } from './operation';

/**
 * Begins the workflow anew with another input, as the same instance, and lets go of its history: the
 * way in which a workflow runs for ever. Events that nobody has waited for yet are kept for it, and
 * so is the custom status. Only the workflow itself can do it, not a branch of `all`, `race` or `saga`;
 * nothing after it runs, `finally` blocks included. It begins with the newest version of its code.
 *
 * @throws CodedError `InvalidOptions` in a branch.
 * @example
 * const vote = yield* waitForEvent(voted);
 * return yield* continueAsNew({ votes: input.votes + vote.weight });
 */
export const continueAsNew = <Input>(input: Input): Operation<never> =>
  perform({ type: 'continueAsNew', input });
