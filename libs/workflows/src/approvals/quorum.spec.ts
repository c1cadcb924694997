import { claimToken, revokeToken, showVotes, tellPerson, updateMessage } from '@countersign/contracts';
import type { Story } from '@countersign/testing';
import {
  ada,
  asked,
  bob,
  click,
  clicked,
  DAY,
  eve,
  inputsOf,
  keep,
  message,
  MINUTE,
  statusOf,
  token,
  updated,
} from './testing/asked';

const two = () => asked({ quorum: 2 });
const three = () => asked({ quorum: 3 });
const votesShown = (story: Story) => story.whenDone(showVotes, { updated: true });

describe('a quorum of two', () => {
  it('shows in the status', () => {
    two().thenShows({ stage: 'waiting', quorum: 2 });
  });

  it('is reached by two people: who has voted shows, the second one decides, and only then is the token claimed', () => {
    const story = two()
      .whenRaised(clicked, click(ada))
      .thenInputIs('applied')
      .thenShows({ stage: 'waiting', quorum: 2, votes: [{ id: 'U1-approve', by: ada }] })
      .thenCalls(showVotes, {
        ...token,
        message,
        quorum: 2,
        votes: [{ action: 'approve', by: ada, at: '2030-01-01T00:00:00.000Z' }],
      });
    votesShown(story).thenCallsNothing().thenNeverCalled(claimToken);
    story
      .whenTimePasses(MINUTE)
      .whenRaised(clicked, click(bob))
      .thenShows({ stage: 'deciding', decision: { by: bob }, votes: [{ by: ada }, { by: bob }] })
      .thenCalls(claimToken, { by: bob })
      .whenDone(claimToken, { claimed: true })
      .thenCalls(updateMessage);
    updated(story).thenCompletes({
      kind: 'approved',
      by: bob,
      votes: [
        { id: 'U1-approve', action: 'approve', by: ada, channel: 'slack', at: '2030-01-01T00:00:00.000Z' },
        { id: 'U2-approve', action: 'approve', by: bob, channel: 'slack', at: '2030-01-01T00:01:00.000Z' },
      ],
    });
    keep('quorum-reached', story);
  });

  it('is not reached by one person twice (hazard 14)', () => {
    const story = votesShown(two().whenRaised(clicked, click(ada)))
      .whenRaised(clicked, click(ada, 'approve', { id: 'again' }))
      .thenShows({ votes: [{ by: ada }], refusals: [{ id: 'again', refused: 'voted-already' }] })
      .thenCalls(tellPerson, { person: ada });
    expect(inputsOf(story, tellPerson)[0]!.text).toMatch(/One more person has to approve/);
    story.whenDone(tellPerson, { told: true }).thenCallsNothing().thenNeverCalled(claimToken);
    expect(statusOf(story).votes).toHaveLength(1);
    story.whenTimePasses(DAY).thenNeverCalled(claimToken);
    keepExpired(story);
  });

  it('is not reached by one person under two names', () => {
    const story = two()
      .whenRaised(clicked, click(ada))
      .whenRaised(clicked, click({ id: ada.id, name: 'Somebody else' }));
    expect(statusOf(story).votes).toHaveLength(1);
  });

  it('is overruled by one rejection', () => {
    const story = votesShown(two().whenRaised(clicked, click(ada)))
      .whenRaised(clicked, click(bob, 'reject', { reason: 'not yet' }))
      .thenCalls(claimToken, { decision: 'reject', by: bob })
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'rejected', by: bob, reason: 'not yet' });
    keep('quorum-overruled', story);
  });

  it('may be left by who had approved: they reject', () => {
    two()
      .whenRaised(clicked, click(ada))
      .whenRaised(clicked, click(ada, 'reject'))
      .thenShows({ stage: 'deciding', decision: { action: 'reject', by: ada } });
  });

  it('with a list counts only those on it', () => {
    asked({ quorum: 2, approvers: { users: [ada.id, bob.id] } })
      .whenRaised(clicked, click(ada))
      .whenRaised(clicked, click(eve))
      .thenShows({ stage: 'waiting', votes: [{ by: ada }], refusals: [{ by: eve }] })
      .whenRaised(clicked, click(bob))
      .thenShows({ stage: 'deciding' });
  });
});

/** The token is revoked, and the message says that nobody decided. */
const keepExpired = (story: Story) => {
  story.whenDone(revokeToken, { revoked: true });
  updated(story).thenCompletes({ kind: 'expired' });
  keep('quorum-not-reached', story);
};

describe('who has voted', () => {
  it('is shown as it is when the message can be changed, not click by click', () => {
    const story = three().whenRaised(clicked, click(ada)).whenRaised(clicked, click(bob));
    expect(inputsOf(story, showVotes).map(({ votes }) => votes.length)).toEqual([1]);
    votesShown(story);
    expect(inputsOf(story, showVotes).map(({ votes }) => votes.length)).toEqual([2]);
    votesShown(story).thenCallsNothing();
  });

  it('does not overtake what became of it: the last message waits for it', () => {
    const story = two()
      .whenRaised(clicked, click(ada))
      .whenRaised(clicked, click(bob))
      .whenDone(claimToken, { claimed: true })
      .thenShows({ stage: 'decided' })
      .thenCalls(showVotes);
    votesShown(story).thenCalls(updateMessage, { outcome: expect.objectContaining({ kind: 'approved' }) });
    updated(story).thenCompletes({ kind: 'approved' });
    keep('votes-shown-late', story);
  });

  it('does not overtake a withdrawal either', () => {
    const story = two().whenRaised(clicked, click(ada)).whenCancelled('no').thenCalls(showVotes);
    votesShown(story).thenCalls(updateMessage, { outcome: expect.objectContaining({ kind: 'failed' }) });
    updated(story).whenDone(revokeToken, { revoked: true }).thenIsCanceled();
  });

  it('that cannot be shown keeps nobody from voting', () => {
    const story = two()
      .whenRaised(clicked, click(ada))
      .whenFails(showVotes, 'SlackDown')
      .thenCallsNothing()
      .whenRaised(clicked, click(bob))
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved' });
  });

  it('is not shown by an approval that one person decides', () => {
    asked().whenRaised(clicked, click(ada)).thenNeverCalled(showVotes);
  });
});
