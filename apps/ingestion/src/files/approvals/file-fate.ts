/** What the public state of a file says of its two approvals. */
import { type FileStatus, type RefusalKind } from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import { isTerminal } from '@countersign/workflow';

/** Which of the two. */
export type Approval = 'upload' | 'download';

const UPLOAD_OPEN: readonly FileStatus['stage'][] = ['received', 'awaiting-upload-approval'];
const ENDS: readonly FileStatus['stage'][] = ['available', 'refused', 'expired'];

export function fileStatusOf({ step }: InstanceView): FileStatus | undefined {
  const status = step?.customStatus;
  // Written by ProcessFile alone, which shows nothing else.
  return typeof status === 'object' && status !== null && 'stage' in status
    ? (status as unknown as FileStatus)
    : undefined;
}

/** Why nothing is to be decided any more, or at all; undefined while there is. */
export function closedBecause(view: InstanceView, which: Approval): string | undefined {
  const stage = fileStatusOf(view)?.stage ?? 'received';
  if (ENDS.includes(stage)) return `The file is ${stage}: there is nothing to decide any more.`;
  if (isTerminal(view.status))
    return `The workflow of the file is ${view.status}: there is nothing to decide any more.`;
  if (which === 'upload' && !UPLOAD_OPEN.includes(stage)) return 'The upload is approved already.';
  return undefined;
}

/**
 * What became of one decision that was taken; undefined while nothing did. When the file has gone on since, it
 * shows nothing of it any more: then it counted, or another one did.
 */
export function fateOf(
  view: InstanceView,
  which: Approval,
  id: string,
): { refused?: RefusalKind } | undefined {
  const approval = fileStatusOf(view)?.approval;
  const refusal = approval?.refusals?.find((refusal) => refusal.id === id);
  if (refusal !== undefined) return { refused: refusal.refused };
  const counts = approval?.decision?.id === id || approval?.votes?.some((vote) => vote.id === id) === true;
  return counts || closedBecause(view, which) !== undefined ? {} : undefined;
}
