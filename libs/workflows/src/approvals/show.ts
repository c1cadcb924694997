import type { ApprovalStatus } from '@countersign/contracts';
import { CodedError, ENGINE_FAILURES, type Effect } from '@countersign/workflow';
import type { Approval } from './approval';

/**
 * Publishes how far the approval is. A long subject together with many clicks may be more than a custom
 * status holds; then it goes without those that did not count, and with the beginning of the subject.
 */
export function* show(
  approval: Approval,
  stage: ApprovalStatus['stage'],
  more: Partial<ApprovalStatus> = {},
): Generator<Effect, void, unknown> {
  const status = approval.status(stage, more);
  try {
    yield* approval.request.show(status);
  } catch (error) {
    if (!(error instanceof CodedError) || error.code !== ENGINE_FAILURES.tooLarge) throw error;
    yield* approval.request.show(shortOf(status));
  }
}

function shortOf({ refusals, subject, ...status }: ApprovalStatus): ApprovalStatus {
  const newest = refusals?.slice(-1);
  return {
    ...status,
    subject: { description: `${subject.description.slice(0, 300)}…`, facts: [] },
    ...(newest && { refusals: newest }),
  };
}
