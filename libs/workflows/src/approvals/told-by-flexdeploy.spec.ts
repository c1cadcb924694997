/** What FlexDeploy tells of a task beside that there is one. */
import {
  approveTask,
  claimToken,
  mailApproval,
  mailOutcome,
  postApproval,
  readTask,
  rejectTask,
  revokeToken,
  saveToken,
  showVotes,
  taskChanged,
  tellPerson,
  updateMessage,
} from '@countersign/contracts';
import { given, type Story } from '@countersign/testing';
import { notifyOnTaskV1 } from './notify-on-task';
import { clicked, message, MINUTE, token, updated } from './testing/asked';
import { approves, askedOfTask, keepTask, taskId, waiting } from './testing/task';

describe('a change that FlexDeploy tells of', () => {
  const changed = (story: Story) => story.whenRaised(taskChanged, { eventType: 'Task Approved' });
  const pending = { found: true, taskId, status: 'PENDING' } as const;
  const ended = (story: Story) =>
    updated(
      story.whenDone(readTask, { ...pending, status: 'REJECTED' }).whenDone(revokeToken, { revoked: true }),
    );

  it('makes it ask at once; what was decided there is reconciled', () => {
    const story = changed(waiting().whenTimePasses(MINUTE)).thenCalls(readTask, { taskId });
    ended(story)
      .thenCompletes({ taskId, kind: 'reconciled', note: 'REJECTED' })
      .thenNeverCalled(claimToken, approveTask, rejectTask);
    keepTask('told-of-a-change', story);
  });

  it('of a task that is still pending ends nothing; the next round is a whole interval later', () => {
    const story = changed(waiting().whenTimePasses(4 * MINUTE)).whenDone(readTask, pending);
    story
      .thenCallsNothing()
      .whenTimePasses(4 * MINUTE)
      .thenCallsNothing()
      .whenTimePasses(MINUTE)
      .thenCalls(readTask);
  });

  it('while it is being asked makes it ask again: what is being read may be older', () => {
    const story = changed(waiting().whenTimePasses(5 * MINUTE))
      .thenWithdraws(readTask)
      .thenCalls(readTask)
      .thenCalledTimes(readTask, 2);
    ended(story).thenCompletes({ kind: 'reconciled' });
    keepTask('told-while-asking', story);
  });

  it('before the message is posted is kept, and ends it, too', () => {
    const story = changed(askedOfTask().whenDone(saveToken, token)).thenCalls(postApproval);
    ended(story.whenDone(postApproval, message).thenCalls(readTask)).thenCompletes({ kind: 'reconciled' });
    keepTask('told-before-posted', story);
  });

  it('several times at once makes it ask once', () => {
    const story = changed(changed(changed(askedOfTask().whenDone(saveToken, token)))).whenDone(
      postApproval,
      message,
    );
    story.thenCalls(readTask);
    expect(story.instance.decision.commands.filter(({ name }) => name === readTask.name)).toHaveLength(1);
  });

  it('says nothing by itself, whatever it carries: FlexDeploy is asked', () => {
    const forged = { eventType: 'Task Approved', status: 'APPROVED', decision: 'approve' };
    waiting().whenRaised(taskChanged, forged).whenDone(readTask, pending).thenCallsNothing().thenIsRunning();
    waiting()
      .whenRaised(taskChanged, null as never)
      .whenDone(readTask, pending)
      .thenIsRunning();
  });
});

describe('what FlexDeploy and its operator say of a task', () => {
  const given8900 = (more: object) =>
    given(notifyOnTaskV1, { taskid: taskId, description: 'x', ...more }).whenDone(saveToken, token);

  it('shows in the message', () => {
    const facts = [{ label: 'Environment', value: 'PROD' }];
    given8900({ facts }).thenCalls(postApproval, {
      subject: { description: 'x', facts: [{ label: 'FlexDeploy task', value: taskId }, ...facts] },
    });
  });

  it('decides how long it waits: what the policy says wins', () => {
    const { tokenHash } = token;
    given8900({ ttlSeconds: 3600, approval: { ttlSeconds: 60 } }).thenShows({
      dueAt: '2030-01-01T00:01:00.000Z',
      tokenHash,
    });
    given8900({ ttlSeconds: 3600, approval: {} }).thenShows({ dueAt: '2030-01-01T01:00:00.000Z' });
  });

  it('is kept by the policy: not who asked, and two of those who may; FlexDeploy learns who they were', () => {
    const policy = { approvers: { users: ['U1', 'U2', 'U3'] }, quorum: 2, noSelfApproval: true };
    const story = given8900({ requestedBy: 'U3', approval: policy })
      .whenDone(postApproval, message)
      .whenRaised(clicked, { ...approves, by: { id: 'U3', name: 'Eve' } })
      .whenDone(tellPerson, { told: true })
      .whenRaised(clicked, approves)
      .whenDone(showVotes, { updated: true })
      .whenRaised(clicked, { ...approves, by: { id: 'U2', name: 'Bob' } })
      .whenDone(claimToken, { claimed: true })
      .thenCalls(approveTask, { taskId, notes: 'Approved by Ada (U1), Bob (U2) through slack' })
      .whenDone(approveTask, { outcome: 'applied' });
    updated(story).thenCompletes({ kind: 'approved', by: { id: 'U2', name: 'Bob' }, channel: 'slack' });
    keepTask('policy-of-a-task', story);
  });

  it('may be asked by mail: FlexDeploy sees no difference', () => {
    const story = given(notifyOnTaskV1, {
      taskid: taskId,
      description: 'x',
      approval: { channel: 'email', to: 'a@b.org' },
    })
      .whenDone(saveToken, token)
      .whenDone(mailApproval, { channel: 'a@b.org', ts: '<1@x>' })
      .whenRaised(clicked, { ...approves, channel: 'page' })
      .whenDone(claimToken, { claimed: true })
      .thenCalls(approveTask, { notes: 'Approved by Ada (U1) through page' })
      .whenDone(approveTask, { outcome: 'applied' })
      .whenDone(mailOutcome, { updated: true });
    story.thenCompletes({ kind: 'approved' }).thenNeverCalled(postApproval, updateMessage);
    keepTask('by-mail', story);
  });
});
