/** Who may decide, as stories; `judge.spec.ts` has every rule on its own. */
import {
  approveTask,
  claimToken,
  findMember,
  revokeToken,
  tellPerson,
  updateMessage,
  withdrawApproval,
} from '@countersign/contracts';
import {
  ada,
  asked,
  bob,
  click,
  clicked,
  DAY,
  dueAt,
  eve,
  HOUR,
  inputsOf,
  keep,
  message,
  MINUTE,
  statusOf,
  subject,
  token,
  updated,
} from './testing/asked';

const start = '2030-01-01T00:00:00.000Z';

describe('without a policy', () => {
  it('the first click decides, within a day; who, when and where is kept', () => {
    const story = asked()
      .thenShows({ stage: 'waiting', subject, dueAt, tokenHash: token.tokenHash })
      .whenRaised(clicked, click(ada))
      .thenShows({ stage: 'deciding', decision: { id: 'U1-approve', action: 'approve', by: ada, at: start } })
      .thenCalls(claimToken, { taskId: 'RequestApproval', decision: 'approve', by: ada })
      .whenDone(claimToken, { claimed: true })
      .thenCalls(updateMessage, {
        ...message,
        subject,
        outcome: { kind: 'approved', at: start, by: ada, channel: 'slack' },
      });
    updated(story)
      .thenCompletes({
        kind: 'approved',
        at: start,
        by: ada,
        channel: 'slack',
        votes: [{ id: 'U1-approve', action: 'approve', by: ada, channel: 'slack', at: start }],
        refusals: [],
      })
      .thenNeverCalled(tellPerson, findMember, approveTask);
    keep('approved', story);
  });

  it('nobody decides: it expires', () => {
    const story = asked().whenTimePasses(DAY).whenDone(revokeToken, { revoked: true });
    updated(story).thenCompletes({ kind: 'expired', votes: [], refusals: [] }).thenNeverCalled(claimToken);
    keep('expired', story);
  });
});

describe('a list of approvers', () => {
  const policy = { approvers: { users: [ada.id, bob.id] } };

  it('does not let others in: they are told so privately, and who may', () => {
    const story = asked(policy)
      .whenRaised(clicked, click(eve))
      .thenInputIs('applied')
      .thenShows({ stage: 'waiting', refusals: [{ by: eve, refused: 'not-an-approver', id: 'U9-approve' }] })
      .thenCalls(tellPerson, { message, person: eve });
    expect(inputsOf(story, tellPerson)[0]!.text).toMatch(/not among those who may decide.*<@U1>, <@U2>/);
    story
      .whenDone(tellPerson, { told: true })
      .thenCallsNothing()
      .thenWaitsFor(withdrawApproval, clicked)
      .thenNeverCalled(claimToken);
    story.whenRaised(clicked, click(bob, 'reject', { reason: 'no' })).whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({
      kind: 'rejected',
      by: bob,
      reason: 'no',
      refusals: [
        {
          id: 'U9-approve',
          action: 'approve',
          by: eve,
          channel: 'slack',
          at: start,
          refused: 'not-an-approver',
        },
      ],
    });
    keep('not-on-the-list', story);
  });

  it('is not held up by somebody who cannot be told', () => {
    const story = asked(policy).whenRaised(clicked, click(eve)).whenRaised(clicked, click(ada));
    expect(inputsOf(story, claimToken)).toMatchObject([{ by: ada }]);
    story.whenFails(tellPerson, 'SlackDown').whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ada });
    keep('told-in-vain', story);
  });

  it('tells one after the other, and each once', () => {
    const mallory = { id: 'U8', name: 'Mallory' };
    const story = asked(policy).whenRaised(clicked, click(eve)).whenRaised(clicked, click(mallory));
    expect(inputsOf(story, tellPerson).map(({ person }) => person)).toEqual([eve]);
    story.whenDone(tellPerson, { told: true });
    expect(inputsOf(story, tellPerson).map(({ person }) => person)).toEqual([mallory]);
    story.whenDone(tellPerson, { told: false, reason: 'not in the channel' }).thenCallsNothing();
  });

  it('lets the caller of the HTTP API in who is on it, and tells a refused one by the status alone', () => {
    const ci = { id: 'key:ci', name: 'CI' };
    const other = { id: 'key:other', name: 'Other' };
    const story = asked({ approvers: { users: [ci.id] } })
      .whenRaised(clicked, click(other, 'approve', { channel: 'key' }))
      .thenShows({ refusals: [{ by: other, refused: 'not-an-approver' }] })
      .thenCallsNothing()
      .whenRaised(clicked, click(ci, 'approve', { channel: 'key' }))
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ci, channel: 'key' });
  });
});

describe('a group of approvers', () => {
  const policy = { approvers: { users: [ada.id], groups: ['S1'] } };
  const waits = () => asked(policy).whenRaised(clicked, click(bob));

  it('is asked about whoever is not listed by name', () => {
    const story = waits()
      .thenShows({ stage: 'waiting' })
      .thenCalls(findMember, { user: bob.id, groups: ['S1'] })
      .whenTimePasses(10_000)
      .whenDone(findMember, { member: true })
      .thenCalls(claimToken, { by: bob })
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: bob, refusals: [] });
    keep('member-of-a-group', story);
  });

  it('does not let in who is not in it', () => {
    waits()
      .whenDone(findMember, { member: false })
      .thenShows({ refusals: [{ by: bob, refused: 'not-an-approver' }] })
      .thenCalls(tellPerson, { person: bob });
  });

  it('does not hold up who is listed by name', () => {
    const story = waits()
      .whenRaised(clicked, click(ada))
      .thenWithdraws(findMember)
      .thenCalls(claimToken, { by: ada });
    story.whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ada });
  });

  it('that cannot be asked lets nobody in and loses no click: it is asked again, and the person told once', () => {
    const story = waits().whenFails(findMember, 'SlackForbidden').thenCalls(tellPerson, { person: bob });
    expect(inputsOf(story, tellPerson)[0]!.text).toMatch(/kept/);
    story.whenDone(tellPerson, { told: true }).thenCallsNothing();
    story
      .whenTimePasses(MINUTE)
      .thenCalls(findMember)
      .whenFails(findMember, 'SlackDown', true)
      .thenCallsNothing();
    expect(statusOf(story).votes).toBeUndefined();
    story.whenTimePasses(MINUTE).whenDone(findMember, { member: true }).thenCalls(claimToken, { by: bob });
    story.whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: bob }).thenCalledTimes(tellPerson, 1);
    keep('group-asked-again', story);
  });

  it('that cannot be asked about one person is asked about the next one all the same', () => {
    const story = waits().whenRaised(clicked, click(eve));
    expect(inputsOf(story, findMember).map(({ user }) => user)).toEqual([bob.id]);
    story.whenFails(findMember, 'SlackUserNotFound');
    expect(inputsOf(story, findMember).map(({ user }) => user)).toEqual([eve.id]);
  });

  it('is asked once, however often somebody presses the same button meanwhile', () => {
    const story = waits().whenRaised(clicked, click(bob)).whenRaised(clicked, click(bob));
    story.whenDone(findMember, { member: false }).thenCalledTimes(findMember, 1);
    expect(statusOf(story).refusals).toHaveLength(1);
  });

  it('does not outlast the due time', () => {
    const story = waits();
    for (let hour = 0; hour < 24; hour++) story.whenTimePasses(HOUR);
    story
      .thenCalls(revokeToken, { reason: 'expired' })
      .thenNeverCalled(claimToken)
      .thenCalledTimes(tellPerson, 1);
  });
});

describe('no self-approval', () => {
  it('keeps who asks from deciding, and says so', () => {
    const story = asked({ noSelfApproval: true }, ada.id)
      .whenRaised(clicked, click(ada))
      .thenShows({ refusals: [{ by: ada, refused: 'own-request' }] })
      .thenCalls(tellPerson, { person: ada })
      .whenDone(tellPerson, { told: true })
      .whenRaised(clicked, click(bob))
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: bob });
    keep('own-request', story);
  });
});

describe('a request that is withdrawn', () => {
  it('takes the buttons away and revokes the token', () => {
    const story = asked()
      .whenRaised(withdrawApproval, { reason: 'the talk was taken back' })
      .thenCalls(revokeToken, { reason: 'withdrawn' })
      .whenDone(revokeToken, { revoked: true })
      .thenCalls(updateMessage, {
        outcome: { kind: 'failed', at: start, note: 'the request was withdrawn: the talk was taken back' },
      });
    updated(story).thenCompletes({ kind: 'failed' }).thenNeverCalled(claimToken);
    keep('withdrawn', story);
  });

  it('after it was decided changes nothing', () => {
    const story = asked()
      .whenRaised(clicked, click(ada))
      .whenRaised(withdrawApproval, { reason: 'late' })
      .thenInputIs('buffered')
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved' });
  });
});

describe('cancel', () => {
  it('after a refused click takes the buttons away and revokes the token', () => {
    const story = asked({ approvers: { users: [ada.id] } })
      .whenRaised(clicked, click(eve))
      .whenCancelled('not needed any more')
      .thenCalls(updateMessage, { outcome: expect.objectContaining({ note: 'the request was withdrawn' }) });
    updated(story).whenDone(revokeToken, { revoked: true }).thenIsCanceled().thenNeverCalled(claimToken);
    keep('cancelled', story);
  });
});
