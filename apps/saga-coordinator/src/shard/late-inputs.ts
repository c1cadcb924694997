/** Inputs that come for an instance that has ended: no step lists them. */
import type { InstanceSubjects } from '@countersign/contracts';
import { opensAgain, type Execution } from '@countersign/workflow';
import type { Outbox } from './outbox';
import type { Pending } from './pending';

/** Whether a step of an instance that has ended may list the input: it begins again with it, or is purged. */
export const reopens = (execution: Execution, { input }: Pending): boolean =>
  opensAgain(input.body) && !execution.isOutdated(input.body);

/** The inputs that are late: those before the first with which the instance begins again. */
export function lateOf(execution: Execution, inbox: readonly Pending[]): readonly Pending[] {
  const next = inbox.findIndex((pending) => reopens(execution, pending));
  return inbox.slice(0, next < 0 ? inbox.length : next);
}

export const isStart = ({ input }: Pending): boolean => input.body.type === 'started';

/**
 * Who wanted a child with the id of the instance is told that it is taken.
 *
 * @param execution is of no use afterwards: it has applied what no step will list.
 */
export async function answerStarts(
  outbox: Outbox,
  subjects: InstanceSubjects,
  execution: Execution,
  late: readonly Pending[],
): Promise<void> {
  for (const { input } of late) execution.apply(input);
  const { replies, step } = execution.take();
  const decision = { step, replies, commands: [], withdrawn: [], settled: [] };
  await outbox.publish(subjects, decision, { purged: [], isOpen: () => false });
}
