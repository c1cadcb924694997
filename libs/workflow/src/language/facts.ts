/** Values that a workflow may read, each the same on every replay. */
import { perform, type Operation } from './operation';

/** The instance's time in milliseconds since the epoch; never steps back. */
export const now = (): Operation<number> => perform({ type: 'now' });

/** ISO 8601 in UTC of a time in milliseconds since the epoch. Arithmetic only: no clock is read. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** A UUID that derives from the instance, its run and the command's number. Unique, but no secret. */
export const uuid = (): Operation<string> => perform({ type: 'uuid' });

/** A number from 0 up to, but not including, 1; derived like {@link uuid}. No secret either. */
export const random = (): Operation<number> => perform({ type: 'random' });

/**
 * Whether this instance runs code that has the named change: true for instances that come here
 * for the first time, false for those whose history was made by older code.
 *
 * @example if (yield* patched('ask-twice')) yield* waitForEvent(secondApproval);
 */
export const patched = (id: string): Operation<boolean> => perform({ type: 'patched', id });
