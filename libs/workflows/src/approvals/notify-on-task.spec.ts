import {
  approveTask,
  claimToken,
  decision,
  postApproval,
  readTask,
  rejectTask,
  revokeToken,
  saveToken,
  taskChanged,
  updateMessage,
  type Decision,
} from '@countersign/contracts';
import { given } from '@countersign/testing';
import { ENGINE_FAILURES } from '@countersign/workflow';
import { notifyOnTaskV1 } from './notify-on-task';
import { ada, clicked, DAY, dueAt, HOUR, message, MINUTE, token, updated } from './testing/asked';
import { approves, askedOfTask, deciding, keepTask, taskId, waiting } from './testing/task';

const by = ada;
const rejects: Decision = { action: 'reject', by, channel: 'page', reason: 'not on a Friday' };

/** Has an hour to live, and FlexDeploy is not asked meanwhile. */
const waitingForAnHour = () =>
  given(notifyOnTaskV1, { taskid: taskId, description: 'x', ttlSeconds: 3600, reconcileSeconds: 7200 })
    .whenDone(saveToken, token)
    .whenDone(postApproval, message);

describe('asking', () => {
  it('makes a token, posts it, and then waits for a click, the due time or FlexDeploy', () => {
    askedOfTask()
      .thenShows({ stage: 'preparing', dueAt })
      .thenCalls(saveToken, { taskId, dueAt })
      .whenDone(saveToken, token)
      .thenShows({ stage: 'waiting', tokenHash: token.tokenHash })
      .thenCalls(postApproval, {
        ...token,
        dueAt,
        subject: {
          description: 'DiPocket v. is about to be deployed to PROD',
          facts: [{ label: 'FlexDeploy task', value: '8900' }],
        },
      })
      .whenDone(postApproval, message)
      .thenCallsNothing()
      .thenWaitsFor(clicked, taskChanged);
  });

  it('takes the task id as a number, and any life', () => {
    given(notifyOnTaskV1, { taskid: 8900, description: 'x', ttlSeconds: 60 }).thenCalls(saveToken, {
      taskId,
      dueAt: '2030-01-01T00:01:00.000Z',
    });
  });

  it('leaves the token out of everything that people can read', () => {
    const { instance } = updated(deciding().whenDone(approveTask, { outcome: 'applied' }));
    expect(JSON.stringify(instance.steps.map(({ step }) => step.customStatus))).not.toContain('sealed');
  });
});

describe('a click', () => {
  it('that approves: the token is claimed, FlexDeploy told, the message updated', () => {
    const at = '2030-01-01T00:02:00.000Z';
    const story = waiting()
      .whenTimePasses(2 * MINUTE)
      .whenRaised(clicked, approves)
      .thenInputIs('applied')
      .thenShows({ stage: 'deciding', decision: { action: 'approve', by, at } })
      .thenCalls(claimToken, { taskId, dueAt, tokenHash: token.tokenHash, decision: 'approve', by, at })
      .whenDone(claimToken, { claimed: true })
      .thenCalls(approveTask, { taskId, notes: 'Approved by Ada (U1) through slack' })
      .whenDone(approveTask, { outcome: 'applied' })
      .thenShows({ stage: 'decided', outcome: { kind: 'approved', at, by }, decision: { action: 'approve' } })
      .thenCalls(updateMessage, { ...message, dueAt, outcome: { kind: 'approved', at, by } });
    updated(story)
      .thenCompletes({ taskId, kind: 'approved', at, by })
      .thenNeverCalled(rejectTask, revokeToken);
    keepTask('approved', story);
  });

  it('that rejects, with its reason', () => {
    const story = deciding(rejects)
      .thenCalls(rejectTask, { taskId, notes: 'Rejected by Ada (U1) through page: not on a Friday' })
      .whenDone(rejectTask, { outcome: 'applied' });
    updated(story).thenCompletes({ kind: 'rejected', by }).thenNeverCalled(approveTask);
    keepTask('rejected', story);
  });

  it('that comes second is ignored', () => {
    const story = deciding()
      .whenRaised(clicked, rejects)
      .thenInputIs('buffered')
      .thenCalls(approveTask)
      .whenDone(approveTask, { outcome: 'applied' });
    updated(story)
      .thenCompletes({ kind: 'approved' })
      .thenNeverCalled(rejectTask)
      .thenCalledTimes(claimToken, 1)
      .whenRaised(clicked, rejects)
      .thenInputIs('late');
    keepTask('second-click', story);
  });

  it('on another token decides nothing (hazard 14)', () => {
    waiting()
      .whenRaised(decision.of('cd'.repeat(32)), approves)
      .thenInputIs('buffered')
      .thenCallsNothing()
      .thenWaitsFor(clicked, taskChanged);
  });

  it('before the message is known to be posted is kept', () => {
    askedOfTask()
      .whenDone(saveToken, token)
      .whenRaised(clicked, approves)
      .whenDone(postApproval, message)
      .thenCalls(claimToken, { decision: 'approve' });
  });

  it('at the due time loses against it', () => {
    waitingForAnHour()
      .whenTimePasses(HOUR)
      .whenRaised(clicked, approves)
      .thenInputIs('buffered')
      .thenCalls(revokeToken);
  });

  it('after which FlexDeploy had decided already is reconciled, not failed', () => {
    const story = deciding().whenDone(approveTask, { outcome: 'already-decided', status: 'REJECTED' });
    updated(story).thenCompletes({ kind: 'reconciled', by, note: 'REJECTED' });
    keepTask('already-decided', story);
  });

  it('whose token was claimed by somebody else reaches no FlexDeploy: Slack is told, the instance fails', () => {
    const story = waiting()
      .whenRaised(clicked, approves)
      .whenDone(claimToken, { claimed: false, state: 'Revoked' })
      .thenCalls(updateMessage, {
        outcome: expect.objectContaining({ kind: 'failed', by, note: 'the token was revoked before' }),
      });
    updated(story).thenFails('TokenNotClaimed').thenNeverCalled(approveTask, rejectTask);
    keepTask('claim-lost', story);
  });
});

describe('FlexDeploy', () => {
  it('that refuses the credentials: Slack is told, and then the instance fails', () => {
    const story = deciding()
      .whenFails(approveTask, 'FlexDeployUnauthorized')
      .thenShows({ stage: 'decided', outcome: { kind: 'failed', by }, decision: { action: 'approve' } })
      .thenCalls(updateMessage, { outcome: expect.objectContaining({ kind: 'failed', by }) });
    updated(story).thenFails('FlexDeployUnauthorized').thenNeverCalled(revokeToken);
    keepTask('unauthorized', story);
  });

  it('that accepts the credentials again is told after a rewind: the decision stands, and the token is claimed once', () => {
    const story = updated(deciding().whenFails(approveTask, 'FlexDeployUnauthorized'));
    story.instance.control('rewind');
    story.thenInputIs('applied').thenCalls(approveTask).whenDone(approveTask, { outcome: 'applied' });
    updated(story).thenCompletes({ kind: 'approved', by }).thenCalledTimes(claimToken, 1);
  });

  it('that is down for longer than a day fails it too', () => {
    const story = deciding().whenTimePasses(DAY).thenCalls(updateMessage);
    updated(story).thenFails(ENGINE_FAILURES.scheduleToClose);
  });

  it('is asked every five minutes, and what was decided there is reconciled', () => {
    const story = waiting()
      .whenTimePasses(5 * MINUTE)
      .thenCalls(readTask, { taskId })
      .whenDone(readTask, { found: true, taskId, status: 'PENDING' })
      .thenCallsNothing()
      .whenTimePasses(5 * MINUTE)
      .whenFails(readTask, 'FlexDeployUnreachable', true)
      .thenCallsNothing()
      .whenTimePasses(5 * MINUTE)
      .whenDone(readTask, { found: false })
      .whenTimePasses(5 * MINUTE)
      .whenDone(readTask, { found: true, taskId, status: 'APPROVED' })
      .thenCalls(revokeToken, { taskId, tokenHash: token.tokenHash, reason: 'decided in FlexDeploy' })
      .whenDone(revokeToken, { revoked: true })
      .thenCalls(updateMessage, {
        outcome: expect.objectContaining({ kind: 'reconciled', note: 'APPROVED' }),
      });
    updated(story)
      .thenCompletes({ taskId, kind: 'reconciled', note: 'APPROVED' })
      .thenNeverCalled(approveTask, rejectTask, claimToken);
    keepTask('reconciled', story);
  });

  it('that is being asked while somebody clicks is not waited for', () => {
    waiting()
      .whenTimePasses(5 * MINUTE)
      .whenRaised(clicked, approves)
      .thenWithdraws(readTask)
      .thenCalls(claimToken);
  });

  it('is asked as often as the start says', () => {
    given(notifyOnTaskV1, { taskid: 1, description: 'x', reconcileSeconds: 10 })
      .whenDone(saveToken, token)
      .whenDone(postApproval, message)
      .whenTimePasses(10_000)
      .thenCalls(readTask, { taskId: '1' });
  });
});

describe('the due time', () => {
  it('revokes the token; nothing reaches FlexDeploy after it', () => {
    const story = waitingForAnHour()
      .whenTimePasses(HOUR)
      .thenCalls(revokeToken, { reason: 'expired' })
      .whenDone(revokeToken, { revoked: true })
      .thenCalls(updateMessage, { outcome: { kind: 'expired', at: '2030-01-01T01:00:00.000Z' } });
    updated(story)
      .thenCompletes({ taskId, kind: 'expired' })
      .whenRaised(clicked, approves)
      .thenInputIs('late')
      .thenNeverCalled(approveTask, rejectTask, claimToken, readTask);
    keepTask('expired', story);
  });

  it('is told to Slack also where the token cannot be revoked; the instance fails with the reason', () => {
    const story = waitingForAnHour().whenTimePasses(HOUR).whenFails(revokeToken, 'TokenStoreBroken');
    updated(story.thenCalls(updateMessage))
      .thenFails('TokenStoreBroken')
      .thenShows({ outcome: { kind: 'expired' } });
  });
});

describe('Slack', () => {
  it('that cannot be reached for an hour: the token is revoked, the instance fails with the reason', () => {
    const story = askedOfTask()
      .whenDone(saveToken, token)
      .whenTimePasses(HOUR)
      .thenCalls(revokeToken, { tokenHash: token.tokenHash, reason: 'withdrawn' })
      .whenDone(revokeToken, { revoked: true })
      .thenFails(ENGINE_FAILURES.scheduleToClose);
    keepTask('slack-unreachable', story);
  });

  it('that refuses the message does the same at once', () => {
    askedOfTask()
      .whenDone(saveToken, token)
      .whenFails(postApproval, 'SlackChannelNotFound')
      .thenCalls(revokeToken)
      .whenDone(revokeToken, { revoked: true })
      .thenFails('SlackChannelNotFound');
  });

  it('that cannot update the message does not undo what was decided, and that is noted', () => {
    const story = deciding()
      .whenDone(approveTask, { outcome: 'applied' })
      .whenFails(updateMessage, 'SlackDown', true)
      .thenCompletes({
        kind: 'approved',
        note: 'the message could not be updated: slack.updateMessage says SlackDown',
      })
      .thenNeverCalled(revokeToken);
    keepTask('message-stale', story);
  });
});

describe('the token store', () => {
  it('that refuses a token fails the instance; there is nothing to undo', () => {
    askedOfTask()
      .whenFails(saveToken, 'TokenStoreBroken')
      .thenFails('TokenStoreBroken')
      .thenNeverCalled(postApproval);
  });

  it('is not waited for beyond the life of the approval', () => {
    given(notifyOnTaskV1, { taskid: 1, description: 'x', ttlSeconds: 60 })
      .whenTimePasses(MINUTE)
      .thenFails(ENGINE_FAILURES.scheduleToClose);
  });
});

describe('cancel', () => {
  it('while waiting takes the buttons away and revokes the token', () => {
    const story = waiting()
      .whenCancelled('not needed any more')
      .thenCalls(updateMessage, {
        ...message,
        outcome: expect.objectContaining({ kind: 'failed', note: 'the request was withdrawn' }),
      });
    updated(story)
      .thenCalls(revokeToken, { reason: 'withdrawn' })
      .whenDone(revokeToken, { revoked: true })
      .thenIsCanceled()
      .thenNeverCalled(approveTask, rejectTask, claimToken);
    keepTask('cancelled', story);
  });

  it('while the message is being posted waits for it, and then withdraws it (hazard 24)', () => {
    const story = askedOfTask()
      .whenDone(saveToken, token)
      .whenCancelled()
      .thenWithdraws(postApproval)
      .thenCallsNothing()
      .whenDone(postApproval, message)
      .thenCalls(updateMessage, message);
    updated(story).whenDone(revokeToken, { revoked: true }).thenIsCanceled();
    keepTask('cancelled-while-posting', story);
  });

  it('while it is being decided comes too late for that: it is carried out, and Slack says so', () => {
    const story = deciding()
      .whenCancelled()
      .thenCalls(approveTask)
      .whenDone(approveTask, { outcome: 'applied' })
      .thenCalls(updateMessage, { outcome: expect.objectContaining({ kind: 'approved' }) });
    updated(story)
      .thenIsCanceled()
      .thenNeverCalled(revokeToken)
      .thenShows({ outcome: { kind: 'approved' } });
    keepTask('cancelled-while-deciding', story);
  });
});

it('terminate stops at once, also what was being decided', () => {
  deciding().whenTerminated().thenWithdraws(approveTask).thenIsTerminated();
});
