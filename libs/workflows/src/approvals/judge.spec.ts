import type { ApprovalPolicy, Decision, Vote } from '@countersign/contracts';
import { admitting, judge, rulesOf, type Verdict } from './judge';

const by = (id: string, more: Partial<Decision> = {}): Decision => ({
  action: 'approve',
  by: { id, name: id },
  channel: 'slack',
  ...more,
});
const rejection = (id: string, more: Partial<Decision> = {}) => by(id, { action: 'reject', ...more });
const voted = (...ids: string[]): Vote[] => ids.map((id) => ({ ...by(id), at: '2030-01-01T00:00:00.000Z' }));
const under = (policy: ApprovalPolicy, requestedBy?: string) => rulesOf(policy, requestedBy);
const refused = (refused: string) => ({ kind: 'refused', refused }) as Verdict;
const DECIDES = { kind: 'decides' };
const COUNTS = { kind: 'counts' };

describe('without a policy', () => {
  it.each(['slack', 'key', 'page', 'http'])('anybody decides, also through the door %s', (channel) => {
    expect(judge(by('U1', { channel }), under({}), [])).toEqual(DECIDES);
    expect(judge(rejection('U1', { channel }), under({}), [])).toEqual(DECIDES);
  });
});

describe('a list of approvers', () => {
  const rules = under({ approvers: { users: ['U1', 'key:ci'] } });

  it('lets only them decide', () => {
    expect(judge(by('U1'), rules, [])).toEqual(DECIDES);
    expect(judge(by('key:ci', { channel: 'key' }), rules, [])).toEqual(DECIDES);
    expect(judge(by('U2'), rules, [])).toEqual(refused('not-an-approver'));
    expect(judge(rejection('U2'), rules, [])).toEqual(refused('not-an-approver'));
  });

  it('of which both parts are empty is none', () => {
    expect(judge(by('U2'), under({ approvers: { users: [], groups: [] } }), [])).toEqual(DECIDES);
  });

  it('with groups depends on who is in them, but for those who are listed by name', () => {
    const both = under({ approvers: { users: ['U1'], groups: ['S1'] } });
    expect(judge(by('U1'), both, [])).toEqual(DECIDES);
    expect(judge(by('U2'), both, [])).toEqual({ kind: 'depends' });
    expect(judge(by('U2'), both, [], true)).toEqual(DECIDES);
    expect(judge(by('U2'), both, [], false)).toEqual(refused('not-an-approver'));
  });

  it('with groups does not ask about somebody whom the groups cannot know', () => {
    const groups = under({ approvers: { groups: ['S1'] } });
    expect(judge(by('key:ci', { channel: 'key' }), groups, [])).toEqual(refused('not-an-approver'));
  });

  it('grows when it is escalated; where anybody may decide, that stays so', () => {
    const more = admitting(rules, { users: ['U2'], groups: ['S1'] });
    expect(judge(by('U2'), more, [])).toEqual(DECIDES);
    expect(judge(by('U1'), more, [])).toEqual(DECIDES);
    expect(judge(by('U3'), more, [])).toEqual({ kind: 'depends' });
    expect(judge(by('U3'), admitting(under({}), { users: ['U2'] }), [])).toEqual(DECIDES);
  });
});

describe('a door that proves no identity', () => {
  it.each<[string, ApprovalPolicy]>([
    ['approvers', { approvers: { users: ['U1'] } }],
    ['groups', { approvers: { groups: ['S1'] } }],
    ['a quorum', { quorum: 2 }],
    ['no self-approval', { noSelfApproval: true }],
  ])('is shut where the policy names people: %s', (_, policy) => {
    const rules = under(policy, 'U5');
    for (const channel of ['page', 'http'])
      expect(judge(by('U1', { channel }), rules, [])).toEqual(refused('unidentified'));
  });

  it('is open where it asks for a reason only', () => {
    const rules = under({ reasonOnReject: true });
    expect(judge(rejection('page', { channel: 'page', reason: 'no' }), rules, [])).toEqual(DECIDES);
    expect(judge(rejection('page', { channel: 'page' }), rules, [])).toEqual(refused('reason-required'));
  });
});

describe('no self-approval', () => {
  const rules = under({ noSelfApproval: true }, 'U1');

  it('keeps who asks from deciding either way', () => {
    expect(judge(by('U1'), rules, [])).toEqual(refused('own-request'));
    expect(judge(rejection('U1'), rules, [])).toEqual(refused('own-request'));
    expect(judge(by('U2'), rules, [])).toEqual(DECIDES);
  });

  it('keeps them from it also where they are on the list', () => {
    const listed = under({ noSelfApproval: true, approvers: { users: ['U1', 'U2'] } }, 'U1');
    expect(judge(by('U1'), listed, [])).toEqual(refused('own-request'));
  });

  it('is what a policy has to say: without it, who asks may decide', () => {
    expect(judge(by('U1'), under({}, 'U1'), [])).toEqual(DECIDES);
  });
});

describe('a quorum', () => {
  const rules = under({ quorum: 3 });

  it('counts different people, and is decided by the last one', () => {
    expect(judge(by('U1'), rules, [])).toEqual(COUNTS);
    expect(judge(by('U2'), rules, voted('U1'))).toEqual(COUNTS);
    expect(judge(by('U3'), rules, voted('U1', 'U2'))).toEqual(DECIDES);
  });

  it('does not count anybody twice', () => {
    expect(judge(by('U1'), rules, voted('U1', 'U2'))).toEqual(refused('voted-already'));
  });

  it('is nothing against one rejection, also by somebody who had approved', () => {
    expect(judge(rejection('U3'), rules, voted('U1', 'U2'))).toEqual(DECIDES);
    expect(judge(rejection('U1'), rules, voted('U1', 'U2'))).toEqual(DECIDES);
  });
});

describe('a reason on rejection', () => {
  const rules = under({ reasonOnReject: true, approvers: { users: ['U1'] } });

  it('is asked of those who may reject, and of nobody else', () => {
    expect(judge(rejection('U1'), rules, [])).toEqual(refused('reason-required'));
    expect(judge(rejection('U1', { reason: 'no' }), rules, [])).toEqual(DECIDES);
    expect(judge(rejection('U2'), rules, [])).toEqual(refused('not-an-approver'));
    expect(judge(by('U1'), rules, [])).toEqual(DECIDES);
  });
});
