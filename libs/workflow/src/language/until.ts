import { perform, type Operation } from './operation';

/**
 * Waits until something holds that another branch brings about, in variables that they share. It is looked
 * at whenever no branch can go on; nothing is recorded, since it follows from the inputs that are. `holds`
 * must change nothing, and depend on nothing but the workflow's own variables.
 *
 * @example yield* race({ done: until(() => votes.length === 2), votes: collect(votes), late: sleep(HOUR) });
 */
export const until = (holds: () => boolean): Operation<void> => perform({ type: 'until', holds });

/** Waits until whatever it runs beside has ended. */
export const forever = (): Operation<never> => perform({ type: 'until', holds: () => false });
