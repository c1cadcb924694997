/** Approvals of an application that has an event of its own for them, with a channel beside it or without one. */
import {
  claimToken,
  defineWorkflow,
  postApproval,
  revokeToken,
  saveToken,
  updateMessage,
  uploadApproved,
  type ApprovalPolicy,
  type ApprovalResult,
} from '@countersign/contracts';
import { given } from '@countersign/testing';
import { setCustomStatus, workflow } from '@countersign/workflow';
import { requestApproval } from './request-approval';
import { ada, click, clicked, HOUR, message, subject, token, updated } from './testing/asked';

class Input {
  policy?: ApprovalPolicy;
}

const contract = defineWorkflow<ApprovalResult>()({
  name: 'Inbox',
  input: Input,
  description: 'An application',
});

const inbox = workflow(contract, { version: 1 }, ({ policy }) =>
  requestApproval({
    ref: 'file-1',
    subject,
    policy,
    defaults: { ttlSeconds: 3600 },
    show: (approval) => setCustomStatus({ name: 'a.txt', approval }),
    door: uploadApproved,
  }),
);

const byHttp = (policy: ApprovalPolicy = {}) => given(inbox, { policy } as never);
const bySlack = (policy: ApprovalPolicy = {}) =>
  byHttp({ channel: 'slack', ...policy })
    .whenDone(saveToken, token)
    .whenDone(postApproval, message);

describe('without a channel', () => {
  it('there is no token and no message: the event decides', () => {
    byHttp()
      .thenCallsNothing()
      .thenWaitsFor(uploadApproved)
      .thenShows({ name: 'a.txt', approval: { stage: 'waiting', dueAt: '2030-01-01T01:00:00.000Z' } })
      .whenRaised(uploadApproved, {})
      .thenCompletes({ kind: 'approved', by: { id: 'http', name: 'Somebody' }, channel: 'http' })
      .thenShows({ approval: { stage: 'decided', outcome: { kind: 'approved' } } })
      .thenNeverCalled(saveToken, claimToken, postApproval, updateMessage, revokeToken);
  });

  it('it may be refused, with a reason', () => {
    byHttp()
      .whenRaised(uploadApproved, { approved: false, reason: 'a virus', by: { id: 'key:ops', name: 'Ops' } })
      .thenCompletes({
        kind: 'rejected',
        reason: 'a virus',
        by: { id: 'key:ops', name: 'Ops' },
        channel: 'key',
      });
  });

  it('it expires', () => {
    byHttp().whenTimePasses(HOUR).thenCompletes({ kind: 'expired' }).thenNeverCalled(revokeToken);
  });

  it('it is cancelled', () => {
    byHttp().whenCancelled().thenIsCanceled().thenNeverCalled(revokeToken, updateMessage);
  });

  it('the policy holds: a request without a key is refused, and finds that in the status', () => {
    byHttp({ approvers: { users: ['key:ops'] } })
      .whenRaised(uploadApproved, { id: 'r1', by: { id: 'key:ops2', name: 'Ops' } })
      .thenShows({ approval: { refusals: [{ id: 'r1', refused: 'not-an-approver' }] } })
      .whenRaised(uploadApproved, { id: 'r2', by: { id: 'U1', name: 'Ada' } })
      .thenShows({ approval: { refusals: [{ id: 'r1' }, { id: 'r2', refused: 'unidentified' }] } })
      .whenRaised(uploadApproved, { id: 'r3', by: { id: 'key:ops', name: 'Ops' } })
      .thenCompletes({ kind: 'approved', by: { id: 'key:ops', name: 'Ops' } });
  });

  it('an event that is no decision decides nothing', () => {
    byHttp()
      .whenRaised(uploadApproved, 'yes' as never)
      .whenRaised(uploadApproved, { approved: 'false' } as never)
      .thenIsRunning()
      .whenRaised(uploadApproved, { approved: false })
      .thenCompletes({ kind: 'rejected' });
  });

  it('an event that came before it was waited for counts', () => {
    const late = workflow(contract, { version: 1 }, function* () {
      yield* setCustomStatus('busy');
      return yield* requestApproval({
        ref: 'x',
        subject,
        defaults: { channel: 'slack', ttlSeconds: 60 },
        show: setCustomStatus,
        door: uploadApproved,
      });
    });
    given(late, {})
      .whenRaised(uploadApproved, { approved: false })
      .thenInputIs('buffered')
      .whenDone(saveToken, token)
      .whenDone(postApproval, message)
      .thenCalls(claimToken, { decision: 'reject' });
  });
});

describe('with a channel beside it', () => {
  it('a click decides', () => {
    const story = bySlack().whenRaised(clicked, click(ada)).whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', by: ada, channel: 'slack' });
  });

  it('the event decides: the token is claimed, and the message updated', () => {
    const story = bySlack()
      .whenRaised(uploadApproved, { by: { id: 'key:ops', name: 'Ops' } })
      .thenCalls(claimToken, { by: { id: 'key:ops', name: 'Ops' } })
      .whenDone(claimToken, { claimed: true });
    updated(story).thenCompletes({ kind: 'approved', channel: 'key' });
  });

  it('both make up a quorum, if they are different people', () => {
    bySlack({ quorum: 2 })
      .whenRaised(clicked, click(ada))
      .whenRaised(uploadApproved, { by: { id: 'key:ops', name: 'Ops' } })
      .thenShows({ approval: { stage: 'deciding', votes: [{ channel: 'slack' }, { channel: 'key' }] } });
  });
});
