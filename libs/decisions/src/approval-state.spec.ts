import type { ApprovalStatus } from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import type { Json, RuntimeStatus } from '@countersign/workflow';
import { approvalSteps } from '@countersign/testing';
import { approvalOf } from './approval-state';

const { decided, decidedAt, dueAt, expired, stepWith, subject, waiting } = approvalSteps;

const hash = 'a'.repeat(64);
const jane = { id: 'U1', name: 'Jane' };
const viewOf = (custom: ApprovalStatus, status: RuntimeStatus = 'Running'): InstanceView => ({
  id: 'i1',
  seq: 7,
  status,
  step: stepWith(custom, { status }),
});

describe('what a token leads to', () => {
  it('is open while the instance waits on it', () => {
    expect(approvalOf(viewOf(waiting(hash)), hash)).toEqual({
      kind: 'open',
      id: 'i1',
      tokenHash: hash,
      subject,
      dueAt,
    });
    expect(approvalOf(viewOf(waiting(hash), 'Suspended'), hash)).toHaveProperty('kind', 'open');
  });

  it('tells how many must approve, who has, and whether a rejection needs a reason', () => {
    const votes = [{ id: 'c1', action: 'approve', by: jane, channel: 'slack', at: decidedAt } as const];
    const policy = { quorum: 2, reasonOnReject: true, votes };
    expect(approvalOf(viewOf({ ...waiting(hash), ...policy }), hash)).toMatchObject({
      kind: 'open',
      ...policy,
    });
  });

  it('is found in the field approval of a custom status that tells of more', () => {
    const status = { stage: 'awaiting-upload-approval', name: 'x.txt', approval: waiting(hash) };
    expect(approvalOf(withCustomStatus(status as unknown as Json), hash)).toHaveProperty('kind', 'open');
    expect(approvalOf(withCustomStatus(status as unknown as Json), 'b'.repeat(64))).toEqual({
      kind: 'unknown',
    });
  });

  it('is used from the moment somebody decided, by whom and when', () => {
    const used = { kind: 'used', id: 'i1', subject, action: 'approve', by: jane, at: decidedAt };
    const status = decided(hash, { action: 'approve', by: jane });
    expect(approvalOf(viewOf(status), hash)).toEqual(used);
    const outcome = { kind: 'failed', at: dueAt, note: 'FlexDeploy says 401' } as const;
    expect(approvalOf(viewOf({ ...status, stage: 'decided', outcome }, 'Failed'), hash)).toEqual({
      ...used,
      note: 'FlexDeploy says 401',
    });
  });

  it('is used when the task was decided in the system that had asked', () => {
    const outcome = { kind: 'reconciled', at: decidedAt, note: 'APPROVED' } as const;
    expect(approvalOf(viewOf({ ...waiting(hash), stage: 'decided', outcome }, 'Completed'), hash)).toEqual({
      kind: 'used',
      id: 'i1',
      subject,
      at: decidedAt,
      note: 'APPROVED',
    });
  });

  it('is expired once its time has passed without a decision', () => {
    expect(approvalOf(viewOf(expired(hash), 'Completed'), hash)).toEqual({
      kind: 'expired',
      id: 'i1',
      subject,
      at: dueAt,
    });
  });

  it.each(['Terminated', 'Canceled', 'Failed', 'Completed'] as const)(
    'is withdrawn when its instance is %s without a decision',
    (status) => {
      expect(approvalOf(viewOf(waiting(hash), status), hash)).toMatchObject({
        kind: 'withdrawn',
        why: `The workflow is ${status}`,
      });
    },
  );

  it.each<[string, InstanceView | undefined]>([
    ['there is no instance', undefined],
    ['the instance has made no step', { id: 'i1', seq: 0, status: 'Pending' }],
    ['the instance waits on another token', viewOf(waiting('b'.repeat(64)))],
    ['the instance waits on no token yet', viewOf({ stage: 'preparing', subject, dueAt })],
    ['the instance is of another kind', withCustomStatus('Moderation')],
    ['the instance has no custom status', withCustomStatus(null)],
    ['the approval of the instance is none', withCustomStatus({ stage: 'received', approval: null })],
    ['the custom status is a list', withCustomStatus([1])],
  ])('is unknown when %s', (_, view) => {
    expect(approvalOf(view, hash)).toEqual({ kind: 'unknown' });
  });
});

function withCustomStatus(customStatus: Json): InstanceView {
  const view = viewOf(waiting(hash));
  return { ...view, step: { ...stepWith(waiting(hash)), customStatus } };
}
