/**
 * Random people click at random, under random policies; groups answer late, or not at first. What becomes of
 * it is compared with a model that knows nothing of workflows: a few sentences of the policy, written down again.
 */
import {
  claimToken,
  findMember,
  postApproval,
  saveToken,
  type ApprovalPolicy,
  type ApprovalResult,
  type Decision,
  type RefusalKind,
} from '@countersign/contracts';
import { given, type Story } from '@countersign/testing';
import * as fc from 'fast-check';
import { requestApprovalV1 } from './request-approval-workflow';
import { clicked, HOUR, message, statusOf, subject, token } from './testing/asked';

const PEOPLE = ['U1', 'U2', 'U3', 'U4', 'U5'];
/** Who is in the group that policies name. */
const MEMBERS = ['U4', 'U5'];

const some = fc.subarray(PEOPLE);
const groups = fc.subarray(['S1']);
const policies: fc.Arbitrary<ApprovalPolicy> = fc.record(
  {
    approvers: fc.record({ users: some, groups }),
    quorum: fc.integer({ min: 1, max: 4 }),
    noSelfApproval: fc.boolean(),
    reasonOnReject: fc.boolean(),
    escalation: fc.record({ afterSeconds: fc.constant(3600), approvers: fc.record({ users: some, groups }) }),
  },
  { requiredKeys: [] },
);
const clicks = fc.record({
  who: fc.constantFrom(...PEOPLE),
  action: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const),
  door: fc.constantFrom('slack', 'slack', 'slack', 'page', 'http'),
  reason: fc.option(fc.constantFrom('no', ' '), { nil: undefined }),
});
type Click = { who: string; action: 'approve' | 'reject'; door: string; reason: string | undefined };
/** Something that is no click, and time that passes, come between. */
const events = fc.array(
  fc.oneof({ weight: 8, arbitrary: clicks }, fc.constant('hour' as const), fc.constant('noise' as const)),
  {
    maxLength: 14,
  },
);

interface Verdict {
  decided?: { by: string; action: string };
  votes: string[];
  refusals: [who: string, why: RefusalKind][];
}

/** The policy in plain sentences. */
function model(
  policy: ApprovalPolicy,
  requestedBy: string,
  list: readonly (Click | 'hour' | 'noise')[],
): Verdict {
  const votes: string[] = [];
  const refusals: [string, RefusalKind][] = [];
  let hours = 0;
  for (const event of list) {
    if (event === 'hour') hours++;
    if (event === 'hour' || event === 'noise') continue;
    const why = objection(event, policy, requestedBy, hours > 0, votes);
    if (why !== undefined) {
      refusals.push([event.door === 'slack' ? event.who : event.door, why]);
      continue;
    }
    const who = event.door === 'slack' ? event.who : event.door;
    votes.push(who);
    if (event.action === 'reject' || votes.length >= (policy.quorum ?? 1))
      return { decided: { by: who, action: event.action }, votes, refusals };
  }
  return { votes, refusals };
}

function objection(
  { who, action, door, reason }: Click,
  { approvers, quorum = 1, noSelfApproval = false, reasonOnReject = false, escalation }: ApprovalPolicy,
  requestedBy: string,
  escalated: boolean,
  votes: string[],
): RefusalKind | undefined {
  const first = [...(approvers?.users ?? []), ...(approvers?.groups?.length ? MEMBERS : [])];
  const isListed = (approvers?.users ?? []).length > 0 || (approvers?.groups ?? []).length > 0;
  const more = escalated ? escalation?.approvers : undefined;
  const may = [...first, ...(more?.users ?? []), ...(more?.groups?.length ? MEMBERS : [])];
  if (door !== 'slack' && (isListed || quorum > 1 || noSelfApproval)) return 'unidentified';
  if (door === 'slack' && noSelfApproval && who === requestedBy) return 'own-request';
  if (isListed && !may.includes(who)) return 'not-an-approver';
  if (action === 'reject' && reasonOnReject && (reason ?? '').trim() === '') return 'reason-required';
  if (action === 'approve' && door === 'slack' && votes.includes(who)) return 'voted-already';
  return undefined;
}

const decisionOf = ({ who, action, door, reason }: Click, id: number): Decision => ({
  id: `c${id}`,
  action,
  by: door === 'slack' ? { id: who, name: who } : { id: door, name: who },
  channel: door,
  ...(reason !== undefined && { reason }),
});

/** Everything but what decides is done at once. */
function settleAll(story: Story): void {
  for (;;) {
    const task = story.instance.openTasks().find(({ name }) => name !== claimToken.name);
    if (task === undefined) return;
    const { name, args } = task;
    const { user } = JSON.parse(args) as { user: string };
    const result =
      name === findMember.name
        ? { member: MEMBERS.includes(user) }
        : name === postApproval.name
          ? message
          : { told: true, updated: true };
    story.instance.complete(name, result);
  }
}

it('the verdict is that of the policy in plain sentences; it is decided once, and the token claimed at most once', () => {
  const seen = { decided: 0, refused: 0, open: 0 };
  fc.assert(
    fc.property(policies, fc.constantFrom(...PEOPLE), events, (policy, requestedBy, list) => {
      const story = given(requestApprovalV1, { subject, requestedBy, approval: policy } as never)
        .whenDone(saveToken, token)
        .whenDone(postApproval, message);
      list.forEach((event, i) => {
        if (event === 'hour') story.whenTimePasses(HOUR);
        else
          story.whenRaised(clicked, event === 'noise' ? ({ approved: true } as never) : decisionOf(event, i));
        settleAll(story);
      });
      const expected = model(policy, requestedBy, list);
      const { decision, refusals = [] } = statusOf(story);
      const claims = story.instance.openTasks();
      expect(claims.map(({ name }) => name)).toEqual(expected.decided ? [claimToken.name] : []);
      expect(decision && { by: decision.by.id, action: decision.action }).toEqual(expected.decided);
      expect(refusals.map(({ by, refused }) => [by.id, refused])).toEqual(expected.refusals);
      seen[expected.decided ? 'decided' : 'open']++;
      seen.refused += expected.refusals.length;
      if (!expected.decided) return;
      story.whenDone(claimToken, { claimed: true }).thenCalledTimes(claimToken, 1);
      settleAll(story);
      const { votes, kind } = story.instance.step.result as unknown as ApprovalResult;
      expect(votes.map(({ by }) => by.id)).toEqual(expected.votes);
      expect(kind).toBe(expected.decided.action === 'approve' ? 'approved' : 'rejected');
    }),
    { numRuns: 200 },
  );
  // It was about something.
  expect(Math.min(seen.decided, seen.refused, seen.open)).toBeGreaterThan(10);
});

it('however slowly the groups answer, nobody is let in who may not decide, and the token is claimed at most once', () => {
  const answers = fc.array(fc.constantFrom('yes', 'no', 'down', 'click'), { maxLength: 16 });
  fc.assert(
    fc.property(
      fc.array(clicks, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 2 }),
      answers,
      (list, quorum, ways) => {
        const story = given(requestApprovalV1, {
          subject,
          approval: { approvers: { groups: ['S1'] }, quorum },
        } as never)
          .whenDone(saveToken, token)
          .whenDone(postApproval, message);
        const waiting = list.map(decisionOf);
        for (const way of ways) {
          const click = way === 'click' ? waiting.shift() : undefined;
          if (click !== undefined) story.whenRaised(clicked, click);
          const asked = story.instance.openTasks().find(({ name }) => name === findMember.name);
          if (asked === undefined || way === 'click') continue;
          const { user } = JSON.parse(asked.args) as { user: string };
          if (way === 'down') story.instance.fail(findMember.name);
          else story.instance.complete(findMember.name, { member: MEMBERS.includes(user) });
        }
        const { votes = [], decision } = statusOf(story);
        for (const { by } of [...votes, ...(decision ? [decision] : [])]) expect(MEMBERS).toContain(by.id);
        const approvals = votes.filter(({ action }) => action === 'approve').map(({ by }) => by.id);
        expect(new Set(approvals).size).toBe(approvals.length);
        const claims = story.instance.steps.flatMap(({ step }) =>
          step.commands.filter(({ name }) => name === claimToken.name),
        );
        expect(claims).toHaveLength(decision ? 1 : 0);
      },
    ),
    { numRuns: 100 },
  );
});
