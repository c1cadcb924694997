import { askReason, claimToken, tellPerson } from '@countersign/contracts';
import {
  ada,
  asked,
  bob,
  click,
  clicked,
  inputsOf,
  keep,
  message,
  statusOf,
  subject,
  token,
  updated,
} from './testing/asked';

const policy = { reasonOnReject: true, approvers: { users: [ada.id] } };
const pressed = click(ada, 'reject', { triggerId: 'T1' });
const submitted = click(ada, 'reject', { id: 'dialog', reason: 'not on a Friday' });

describe('who rejects has to say why', () => {
  it('and is asked for it in a dialog; the reason is kept with the decision', () => {
    const story = asked(policy)
      .thenShows({ reasonOnReject: true })
      .whenRaised(clicked, pressed)
      .thenShows({ stage: 'waiting', refusals: [{ id: 'U1-reject', refused: 'reason-required' }] })
      .thenCalls(askReason, { ...token, message, person: ada, subject, triggerId: 'T1' })
      .whenDone(askReason, { asked: true })
      .thenCallsNothing()
      .thenNeverCalled(tellPerson, claimToken)
      .whenRaised(clicked, submitted)
      .thenShows({ stage: 'deciding', decision: { id: 'dialog', action: 'reject', by: ada } })
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'rejected', by: ada, reason: 'not on a Friday' });
    keep('reason-asked', story);
  });

  it('and is told to press again where the dialog came too late', () => {
    const story = asked(policy)
      .whenRaised(clicked, pressed)
      .whenDone(askReason, { asked: false, reason: 'expired_trigger_id' })
      .thenCalls(tellPerson, { person: ada });
    expect(inputsOf(story, tellPerson)[0]!.text).toMatch(/Press Reject again, or reject on the page/);
  });

  it('and is told so where the dialog cannot be opened at all', () => {
    asked(policy).whenRaised(clicked, pressed).whenFails(askReason, 'SlackDown').thenCalls(tellPerson);
    asked(policy).whenRaised(clicked, pressed).whenTimePasses(10_000).thenCalls(tellPerson);
  });

  it('and is told so where the click gives no leave for a dialog', () => {
    asked(policy).whenRaised(clicked, click(ada, 'reject')).thenCalls(tellPerson).thenNeverCalled(askReason);
  });

  it('at a page, too, which sees in the status that a reason is missing', () => {
    const story = asked({ reasonOnReject: true })
      .whenRaised(clicked, click({ id: 'page', name: 'Ada' }, 'reject', { channel: 'page' }))
      .thenShows({ refusals: [{ id: 'page-reject', channel: 'page', refused: 'reason-required' }] })
      .thenCallsNothing()
      .whenRaised(clicked, click({ id: 'page', name: 'Ada' }, 'reject', { channel: 'page', reason: 'no' }))
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'rejected', reason: 'no', channel: 'page' });
  });

  it('a blank reason is none', () => {
    const story = asked(policy).whenRaised(clicked, { ...submitted, reason: '  \n ' });
    expect(statusOf(story).refusals).toMatchObject([{ refused: 'reason-required' }]);
  });

  it('but nobody is asked for one who may not reject at all', () => {
    asked(policy)
      .whenRaised(clicked, click(bob, 'reject', { triggerId: 'T2' }))
      .thenShows({ refusals: [{ refused: 'not-an-approver' }] })
      .thenNeverCalled(askReason);
  });

  it('and who approves has not', () => {
    asked(policy).whenRaised(clicked, click(ada)).thenShows({ stage: 'deciding' });
  });

  it('a dialog does not wait for those who are being told something', () => {
    const story = asked(policy).whenRaised(clicked, click(bob)).whenRaised(clicked, pressed);
    expect(inputsOf(story, askReason)).toHaveLength(1);
  });

  it('somebody else may approve while the dialog is open', () => {
    const story = asked({ reasonOnReject: true })
      .whenRaised(clicked, pressed)
      .whenDone(askReason, { asked: true })
      .whenRaised(clicked, click(bob))
      .whenRaised(clicked, submitted)
      .thenInputIs('buffered')
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: bob });
  });
});
