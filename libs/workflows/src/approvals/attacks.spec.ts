/** What somebody may try who wants another decision than the policy gives them. */
import {
  approveTask,
  claimToken,
  decision,
  revokeToken,
  tellPerson,
  type Decision,
} from '@countersign/contracts';
import { ada, asked, bob, click, clicked, DAY, eve, keep, statusOf, updated } from './testing/asked';

const listed = { approvers: { users: [ada.id, bob.id] } };
const typed = (id: string, channel: string) => click({ id, name: 'Ada' }, 'approve', { channel });

describe('a forged person', () => {
  it.each(['page', 'http'])(
    'whose name was typed at the door %s is nobody, whatever id comes with it',
    (door) => {
      asked(listed)
        .whenRaised(clicked, typed(ada.id, door))
        .thenShows({ stage: 'waiting', refusals: [{ refused: 'unidentified' }] })
        .thenCallsNothing()
        .thenNeverCalled(claimToken);
    },
  );

  it('does not make up a quorum', () => {
    const story = asked({ quorum: 2 })
      .whenRaised(clicked, click(ada))
      .whenRaised(clicked, typed(bob.id, 'page'))
      .whenRaised(clicked, typed(eve.id, 'http'))
      .thenShows({ stage: 'waiting' });
    expect(statusOf(story)).toMatchObject({
      votes: [{ by: ada }],
      refusals: [{ refused: 'unidentified' }, { refused: 'unidentified' }],
    });
  });

  it('does not get around no self-approval', () => {
    asked({ noSelfApproval: true }, ada.id)
      .whenRaised(clicked, typed('page', 'page'))
      .thenShows({ stage: 'waiting', refusals: [{ refused: 'unidentified' }] });
  });
});

describe('an event that is no click', () => {
  const garbage: unknown[] = [
    {},
    null,
    'approve',
    [click(ada)],
    { action: 'approve' },
    { action: 'approve', by: ada.id, channel: 'slack' },
    { action: 'approve', by: { id: ada.id, name: 'x'.repeat(100_000) }, channel: 'slack' },
    { action: '__proto__', by: ada, channel: 'slack' },
    { approved: true },
  ];

  it('decides nothing and fails nothing; the next click counts', () => {
    const story = asked();
    for (const data of garbage) {
      story
        .whenRaised(clicked, data as Decision)
        .thenIsRunning()
        .thenCallsNothing()
        .thenShows({ stage: 'waiting' });
      expect(statusOf(story)).not.toHaveProperty('refusals');
    }
    story.whenRaised(clicked, click(ada)).whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ada });
    keep('garbage', story);
  });

  it('is neither a withdrawal nor a decision where it has another name', () => {
    asked()
      .whenRaised(decision.of(''), click(ada))
      .thenInputIs('buffered')
      .thenIsRunning()
      .thenCallsNothing();
  });
});

describe('a click that comes too late', () => {
  it('changes nothing while the decision is carried out', () => {
    const story = asked(listed)
      .whenRaised(clicked, click(ada, 'reject'))
      .whenRaised(clicked, click(bob))
      .thenInputIs('buffered')
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'rejected', by: ada }).thenCalledTimes(claimToken, 1);
    story.whenRaised(clicked, click(bob)).thenInputIs('late');
    keep('stale-click', story);
  });

  it('loses against the due time of the same moment', () => {
    const story = asked().whenTimePasses(DAY).whenRaised(clicked, click(ada)).thenInputIs('buffered');
    updated(story.whenDone(revokeToken, { revoked: true })).thenCompletes({ kind: 'expired' });
  });
});

describe('a click on another token', () => {
  it('such as one of an earlier approval, decides nothing', () => {
    asked()
      .whenRaised(decision.of('cd'.repeat(32)), click(ada))
      .thenInputIs('buffered')
      .thenCallsNothing();
  });
});

describe('very many clicks', () => {
  it('of one who may not decide: the newest refusals are kept, everybody else is told in turn, and the approver decides', () => {
    const story = asked(listed);
    for (let i = 0; i < 60; i++) story.whenRaised(clicked, click(eve, 'approve', { id: `c${i}` }));
    const { refusals } = statusOf(story);
    expect(refusals?.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, i) => `c${i + 40}`));
    story.thenCalledTimes(tellPerson, 1);
    story.whenRaised(clicked, click(ada)).whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ada }).thenNeverCalled(approveTask);
  });
});
