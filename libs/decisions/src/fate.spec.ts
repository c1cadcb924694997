import type { ApprovalStatus, Refusal, Vote } from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import { approvalSteps } from '@countersign/testing';
import type { OpenApproval } from './approval-state';
import { type Click, fateOf } from './fate';

const { decided, decidedAt, dueAt, expired, stepWith, subject, waiting } = approvalSteps;
const hash = 'a'.repeat(64);
const jane = { id: 'U1', name: 'Jane' };
const ada = { id: 'U2', name: 'Ada' };
const click: Click = { id: 'click-1', action: 'approve', by: jane, channel: 'slack' };
const approval: OpenApproval = { kind: 'open', id: 'i1', tokenHash: hash, subject, dueAt };
const known = { id: 'i1', subject };

const fate = (status: ApprovalStatus, of: Click = click) => fateOf(viewOf(status), approval, of);
const viewOf = (status: ApprovalStatus): InstanceView => ({
  id: 'i1',
  seq: 7,
  status: 'Running',
  step: stepWith(status),
});
const vote = (id: string, more: Partial<Vote> = {}): Vote => ({
  id,
  action: 'approve',
  by: jane,
  channel: 'slack',
  at: decidedAt,
  ...more,
});
const quorum = (votes: Vote[]): ApprovalStatus => ({ ...waiting(hash), quorum: 2, votes });
const won = (id: string, action: 'approve' | 'reject' = 'approve', by = ada): ApprovalStatus => ({
  ...waiting(hash),
  stage: 'deciding',
  decision: { id, action, by, at: decidedAt },
});

describe('what became of a click', () => {
  it('is nothing yet while nobody has judged it', () => {
    expect(fate(waiting(hash))).toBeUndefined();
    expect(fate(quorum([vote('another')]))).toBeUndefined();
  });

  it('is a refusal, with its kind, for this very click only', () => {
    const refusal: Refusal = { ...vote('click-1'), refused: 'not-an-approver' };
    const status = { ...waiting(hash), refusals: [refusal] };
    expect(fate(status)).toEqual({ kind: 'refused', ...known, refused: 'not-an-approver' });
    expect(fate(status, { ...click, id: 'click-2' })).toBeUndefined();
  });

  it('is a refusal also when somebody else decided since', () => {
    const refusals = [{ ...vote('click-1'), refused: 'own-request' } as const];
    expect(fate({ ...won('click-2'), refusals })).toHaveProperty('kind', 'refused');
  });

  it('is counted while more are needed', () => {
    expect(fate(quorum([vote('click-1')]))).toEqual({
      kind: 'counted',
      ...known,
      action: 'approve',
      count: 1,
      quorum: 2,
    });
  });

  it('is the decision where it won', () => {
    expect(fate(won('click-1', 'approve', jane))).toEqual({
      kind: 'decided',
      ...known,
      action: 'approve',
      by: jane,
      at: decidedAt,
    });
  });

  it('is the decision where it counted, and another one made the quorum since', () => {
    const votes = [vote('click-1'), vote('click-2', { by: ada })];
    expect(fate({ ...won('click-2'), quorum: 2, votes })).toMatchObject({ kind: 'decided', by: ada });
  });

  it('is lost where somebody else decided, also after it had counted', () => {
    expect(fate(won('click-2'))).toMatchObject({ kind: 'used', action: 'approve', by: ada });
    expect(fate({ ...won('click-2', 'reject'), quorum: 2, votes: [vote('click-1')] })).toMatchObject({
      kind: 'used',
      action: 'reject',
      by: ada,
    });
    expect(fate(expired(hash))).toHaveProperty('kind', 'expired');
  });

  it('of a decision that names no click is left to the order of inputs', () => {
    expect(fate(decided(hash, { action: 'approve', by: jane }))).toHaveProperty('kind', 'used');
  });

  it('is not known any more once the instance is at another approval, and unknown without the instance', () => {
    expect(fate(waiting('b'.repeat(64)))).toBeUndefined();
    expect(fateOf(undefined, approval, click)).toEqual({ kind: 'unknown' });
  });
});
