import {
  claimToken,
  mailReminder,
  remindApprovers,
  revokeToken,
  saveToken,
  mailApproval,
} from '@countersign/contracts';
import { given, type Story } from '@countersign/testing';
import { requestApprovalV1 } from './request-approval-workflow';
import {
  ada,
  asked,
  click,
  clicked,
  dueAt,
  HOUR,
  inputsOf,
  keep,
  message,
  MINUTE,
  subject,
  token,
  updated,
} from './testing/asked';

const reminded = (story: Story) => story.whenDone(remindApprovers, { updated: true });
describe('a reminder', () => {
  it('comes below the message, as often as the policy says, and says which one it is', () => {
    const story = asked({ remindEverySeconds: 3600 })
      .thenCallsNothing()
      .whenTimePasses(HOUR)
      .thenCalls(remindApprovers, { ...token, subject, dueAt, message, count: 1 });
    reminded(story).whenTimePasses(HOUR).thenCalls(remindApprovers, { count: 2 });
    reminded(story).whenRaised(clicked, click(ada)).whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ada });
    keep('reminded', story);
  });

  it('that fails ends nothing, and the next one comes', () => {
    const story = asked({ remindEverySeconds: 3600 })
      .whenTimePasses(HOUR)
      .whenFails(remindApprovers, 'SlackDown')
      .thenCallsNothing()
      .thenIsRunning()
      .whenTimePasses(HOUR)
      .thenCalls(remindApprovers, { count: 2 });
    reminded(story).thenCallsNothing();
  });

  it('that nobody delivers is given up, and the next one comes', () => {
    const story = asked({ remindEverySeconds: 3600 }).whenTimePasses(2 * HOUR);
    expect(inputsOf(story, remindApprovers).map(({ count }) => count)).toEqual([2]);
  });

  it('comes at its time again after one that came late', () => {
    const story = asked({ remindEverySeconds: 3600 }).whenTimePasses(HOUR + MINUTE);
    reminded(story)
      .whenTimePasses(HOUR - MINUTE)
      .thenCalls(remindApprovers, { count: 2 });
  });

  it('does not come at or after the due time, and holds no timer for it', () => {
    const story = reminded(asked({ remindEverySeconds: 3600, ttlSeconds: 7200 }).whenTimePasses(HOUR));
    expect(story.instance.open().filter(({ kind }) => kind === 'timer')).toHaveLength(1);
    story.whenTimePasses(HOUR).thenCalls(revokeToken).thenCalledTimes(remindApprovers, 1);
  });

  it('does not come once it is decided, however long that takes to carry out', () => {
    const story = asked({ remindEverySeconds: 3600 })
      .whenRaised(clicked, click(ada))
      .whenTimePasses(5 * HOUR);
    story.thenCalls(claimToken).thenNeverCalled(remindApprovers);
  });

  it('that is on its way when somebody decides is taken back', () => {
    asked({ remindEverySeconds: 3600 })
      .whenTimePasses(HOUR)
      .whenRaised(clicked, click(ada))
      .thenWithdraws(remindApprovers)
      .thenCalls(claimToken);
  });

  it('comes through the channel that asked', () => {
    const mail = given(requestApprovalV1, {
      subject,
      approval: { channel: 'email', to: 'a@example.org', remindEverySeconds: 60 },
    })
      .whenDone(saveToken, token)
      .thenCalls(mailApproval, { to: 'a@example.org' })
      .whenDone(mailApproval, { channel: 'a@example.org', ts: '<1@x>' })
      .whenTimePasses(MINUTE);
    mail.thenCalls(mailReminder, { message: { channel: 'a@example.org', ts: '<1@x>' }, count: 1 });
  });
});
