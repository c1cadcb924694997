import type { ApprovalStatus, Decision } from '@countersign/contracts';
import type { AppliedInput, Json, Step } from '@countersign/workflow';
import { aStep } from './step';

export const subject = {
  description: 'DiPocket v. is about to be deployed to PROD',
  facts: [{ label: 'Task', value: '8900' }],
};
export const dueAt = '2031-03-04T10:30:00.000Z';
export const decidedAt = '2031-03-03T09:15:00.000Z';

/** The custom status of an instance that waits on the token with this hash. */
export const waiting = (tokenHash: string): ApprovalStatus => ({
  stage: 'waiting',
  subject,
  dueAt,
  tokenHash,
});

export const decided = (
  tokenHash: string,
  { id, action, by }: Pick<Decision, 'id' | 'action' | 'by'>,
): ApprovalStatus => ({
  ...waiting(tokenHash),
  stage: 'deciding',
  decision: { ...(id !== undefined && { id }), action, by, at: decidedAt },
});

export const expired = (tokenHash: string): ApprovalStatus => ({
  ...waiting(tokenHash),
  stage: 'decided',
  outcome: { kind: 'expired', at: dueAt },
});

/** A step as a coordinator would write it; says only what the readers under test look at. */
export const stepWith = (
  customStatus: ApprovalStatus,
  more: Partial<Pick<Step, 'status'>> & { inputs?: readonly AppliedInput[] } = {},
): Step =>
  aStep({
    // An interface has no index signature, so the compiler does not see that it is JSON.
    customStatus: customStatus as unknown as Json,
    ...more,
  });
