import {
  claimToken,
  findMember,
  mailApproval,
  mailOutcome,
  postApproval,
  remindApprovers,
  revokeToken,
  showVotes,
  tellPerson,
  updateMessage,
  type ApprovalPolicy,
} from '@countersign/contracts';
import type { Story } from '@countersign/testing';
import {
  ada,
  asked,
  bob,
  click,
  clicked,
  elsewhere,
  eve,
  HOUR,
  inputsOf,
  keep,
  message,
  token,
  updated,
} from './testing/asked';

const policy: ApprovalPolicy = {
  to: 'C1',
  approvers: { users: [ada.id] },
  escalation: { afterSeconds: 3600, to: 'C2', approvers: { users: [bob.id] } },
};
const waited = (more: ApprovalPolicy = policy) => asked(more).whenTimePasses(HOUR);
const escalated = (more: ApprovalPolicy = policy) => waited(more).whenDone(postApproval, elsewhere);
/** Where the last message was updated. */
const places = (story: Story) => inputsOf(story, updateMessage).map(({ channel, ts }) => ({ channel, ts }));

describe('when nobody decides for a while', () => {
  it('it is asked elsewhere with the same token, and others may decide, too', () => {
    const story = waited()
      .thenCalls(postApproval, { ...token, to: 'C2', escalated: true })
      .whenDone(postApproval, elsewhere)
      .thenCallsNothing()
      .whenRaised(clicked, click(bob))
      .whenDone(claimToken, { claimed: true });
    expect(places(story)).toEqual([message, elsewhere]);
    expect(inputsOf(story, updateMessage).map(({ outcome }) => outcome.by)).toEqual([bob, bob]);
    updated(updated(story)).thenCompletes({ kind: 'approved', by: bob });
    keep('escalated', story);
  });

  it('others may decide from then on, and not before', () => {
    const story = asked(policy)
      .whenRaised(clicked, click(bob))
      .thenShows({ refusals: [{ by: bob, refused: 'not-an-approver' }] })
      .whenDone(tellPerson, { told: true })
      .whenTimePasses(HOUR)
      .whenRaised(clicked, click(bob))
      .thenShows({ stage: 'deciding', decision: { by: bob } });
    story.thenNeverCalled(findMember);
  });

  it('those who could decide before still can', () => {
    escalated().whenRaised(clicked, click(ada)).thenCalls(claimToken, { by: ada });
  });

  it('groups may be added, too', () => {
    escalated({ ...policy, escalation: { afterSeconds: 3600, approvers: { groups: ['S1'] } } })
      .whenRaised(clicked, click(eve))
      .thenCalls(findMember, { user: eve.id, groups: ['S1'] });
  });

  it('it may be asked through another channel: every message says in the end what became of it', () => {
    const story = waited({ escalation: { afterSeconds: 3600, channel: 'email', to: 'boss@example.org' } })
      .thenCalls(mailApproval, { to: 'boss@example.org', escalated: true })
      .whenDone(mailApproval, { channel: 'boss@example.org', ts: '<1@x>' })
      .whenRaised(clicked, click(ada))
      .whenDone(claimToken, { claimed: true });
    expect(places(story)).toEqual([message]);
    updated(story)
      .thenIsRunning()
      .whenDone(mailOutcome, { updated: true })
      .thenCompletes({ kind: 'approved' });
    keep('escalated-by-mail', story);
  });

  it('nothing is asked elsewhere by an approval that is decided or due before', () => {
    const decided = asked(policy)
      .whenRaised(clicked, click(ada))
      .whenTimePasses(2 * HOUR);
    decided.thenCalls(claimToken).thenCalledTimes(postApproval, 1);
    const due = asked({ ...policy, ttlSeconds: 3600 }).whenTimePasses(HOUR);
    due.thenCalls(revokeToken).thenCalledTimes(postApproval, 1);
  });

  it('what cannot be asked elsewhere is noted, and the approval goes on', () => {
    const story = waited()
      .whenFails(postApproval, 'SlackChannelNotFound')
      .thenCallsNothing()
      .thenIsRunning()
      .whenRaised(clicked, click(bob))
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({
      kind: 'approved',
      by: bob,
      note: 'it could not be escalated: slack.postApproval says SlackChannelNotFound',
    });
    keep('escalated-in-vain', story);
  });

  it('a decision is not held up by the message that is being posted, which says at once what became of it', () => {
    const story = waited().whenRaised(clicked, click(ada));
    expect(inputsOf(story, claimToken)).toMatchObject([{ by: ada }]);
    story.whenDone(claimToken, { claimed: true });
    expect(places(story)).toEqual([message]);
    updated(story).thenIsRunning().thenCalls(postApproval);
    story.whenDone(postApproval, elsewhere).thenCalls(updateMessage, elsewhere);
    updated(story).thenCompletes({ kind: 'approved', by: ada });
    keep('decided-while-escalating', story);
  });

  it('cancel takes the buttons away everywhere', () => {
    const story = escalated().whenCancelled('no');
    expect(places(story)).toEqual([message, elsewhere]);
    updated(updated(story)).whenDone(revokeToken, { revoked: true }).thenIsCanceled();
    keep('cancelled-after-escalation', story);
  });

  it('cancel while it is being posted elsewhere waits for it, and takes its buttons away, too', () => {
    const story = waited().whenCancelled('no').thenCalls(postApproval);
    story.whenDone(postApproval, elsewhere);
    expect(places(story)).toEqual([message, elsewhere]);
    updated(updated(story)).whenDone(revokeToken, { revoked: true }).thenIsCanceled();
  });

  it('reminders and votes come in every message', () => {
    const story = asked({ quorum: 2, remindEverySeconds: 5400, escalation: { afterSeconds: 3600, to: 'C2' } })
      .whenTimePasses(HOUR)
      .whenDone(postApproval, elsewhere)
      .whenTimePasses(HOUR / 2);
    expect(inputsOf(story, remindApprovers).map(({ message, count }) => [message, count])).toEqual([
      [message, 1],
      [elsewhere, 1],
    ]);
    story.whenDone(remindApprovers, { updated: true }).whenDone(remindApprovers, { updated: true });
    story.whenRaised(clicked, click(ada));
    expect(inputsOf(story, showVotes).map(({ message }) => message)).toEqual([message, elsewhere]);
  });

  it('votes that were cast before show in the new message', () => {
    const story = asked({ quorum: 2, escalation: { afterSeconds: 3600, to: 'C2' } })
      .whenRaised(clicked, click(ada))
      .whenDone(showVotes, { updated: true })
      .whenTimePasses(HOUR)
      .whenDone(postApproval, elsewhere);
    expect(inputsOf(story, showVotes)).toMatchObject([
      { message },
      { message: elsewhere, to: 'C2', escalated: true },
    ]);
  });

  it('a refused person is told where they can see it: in the newest message, or else in the one before', () => {
    const story = escalated().whenRaised(clicked, click(eve)).thenCalls(tellPerson, { message: elsewhere });
    story
      .whenDone(tellPerson, { told: false, reason: 'not in the channel' })
      .thenCalls(tellPerson, { message });
    story.whenDone(tellPerson, { told: true }).thenCallsNothing();
  });
});
