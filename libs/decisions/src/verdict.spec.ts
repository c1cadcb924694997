import { approvalSteps } from '@countersign/testing';
import { answerOf, type Verdict } from './verdict';

const { decidedAt, dueAt, subject } = approvalSteps;

const at = decidedAt;
const by = { id: 'U1', name: 'Jane' };
const known = { id: 'i1', subject };

it.each<[number, string | undefined, string, Verdict]>([
  [202, undefined, 'Approved by Jane', { kind: 'decided', ...known, action: 'approve', by, at }],
  [
    202,
    undefined,
    'Your approval is counted, 1 of 2',
    { kind: 'counted', ...known, action: 'approve', count: 1, quorum: 2 },
  ],
  [403, 'ApprovalRefused', 'not one of those', { kind: 'refused', ...known, refused: 'not-an-approver' }],
  [403, 'ApprovalRefused', 'asked for this yourself', { kind: 'refused', ...known, refused: 'own-request' }],
  [403, 'ApprovalRefused', 'voted already', { kind: 'refused', ...known, refused: 'voted-already' }],
  [403, 'ApprovalRefused', 'who you are', { kind: 'refused', ...known, refused: 'unidentified' }],
  [422, 'ApprovalRefused', 'needs a reason', { kind: 'refused', ...known, refused: 'reason-required' }],
  [202, undefined, 'stored', { kind: 'stored', ...known, action: 'approve' }],
  [
    409,
    'ApprovalUsed',
    'Rejected by Jane on Mon, 3 Mar 2031',
    { kind: 'used', ...known, action: 'reject', by, at },
  ],
  [409, 'ApprovalUsed', 'in the system that asked', { kind: 'used', ...known, at, note: 'APPROVED' }],
  [410, 'ApprovalExpired', 'expired on Tue, 4 Mar 2031', { kind: 'expired', ...known, at: dueAt }],
  [
    410,
    'ApprovalWithdrawn',
    'Terminated',
    { kind: 'withdrawn', ...known, why: 'The workflow is Terminated' },
  ],
  [404, 'ApprovalUnknown', 'No approval', { kind: 'unknown' }],
])('a verdict answers %d %s and says "%s"', (status, code, words, verdict) => {
  const answer = answerOf(verdict);
  expect([answer.status, answer.code]).toEqual([status, code]);
  expect(answer.text).toContain(words);
});
