import { approvalSteps } from '@countersign/testing';
import { answerOf, type Verdict } from './verdict';

const { decidedAt, dueAt, subject } = approvalSteps;

const at = decidedAt;
const by = { id: 'U1', name: 'Jane' };
const known = { id: 'i1', subject };

it.each<[number, string | undefined, string, Verdict]>([
  [202, undefined, 'Approved by Jane', { kind: 'decided', ...known, action: 'approve', by, at }],
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
