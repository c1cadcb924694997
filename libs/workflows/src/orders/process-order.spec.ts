import { join } from 'node:path';
import { orderApproval, sendPush, type OrderPush, type OrderStage } from '@countersign/contracts';
import { given, keepHistory, type Story } from '@countersign/testing';
import { processOrderV1 } from './process-order';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AT = '2030-01-01T00:00:00.000Z';
const input = { regId: 'device-1', items: [{ name: 'tea', quantity: 2 }] };
const SENT = { outcome: 'sent', name: 'projects/shop/messages/1' } as const;
const UNREGISTERED = { outcome: 'unregistered', reason: 'UNREGISTERED' } as const;

const keep = (name: string, story: Story) => keepHistory(join(__dirname, 'histories'), name, story);
const ordered = (more: object = {}) => given(processOrderV1, { ...input, ...more });
const waiting = (more: object = {}) => ordered(more).whenDone(sendPush, SENT).whenDone(sendPush, SENT);
const shows = (story: Story, stage: OrderStage) => {
  expect(story.instance.step.customStatus).toBe(stage);
  return story;
};
const sent = (stage: OrderStage, at = AT): OrderPush => ({ stage, at, ...SENT });
/** What was pushed, oldest first, whatever became of it. */
const pushed = ({ instance }: Story): string[] =>
  instance.decisions
    .flatMap(({ commands }) => commands)
    .filter(({ kind }) => kind === 'task')
    .map(({ args }) => (JSON.parse(args) as { stage: string }).stage);

it('pushes every stage, waits for the customer, and finishes', () => {
  const story = shows(ordered(), 'received')
    .thenCalls(sendPush, { regId: 'device-1', stage: 'received', title: 'Order received' })
    .whenDone(sendPush, SENT);
  shows(story, 'processing')
    .thenCalls(sendPush, {
      stage: 'processing',
      body: 'Your order has changed. Please accept the change by 2030-01-02 00:00 UTC, or decline it.',
    })
    .whenDone(sendPush, SENT)
    .thenWaitsFor(orderApproval)
    .thenCallsNothing()
    .whenTimePasses(HOUR)
    .whenRaised(orderApproval, { approved: true });
  shows(story, 'finished')
    .thenCalls(sendPush, { stage: 'finished' })
    .whenDone(sendPush, SENT)
    .thenCompletes([sent('received'), sent('processing'), sent('finished', '2030-01-01T01:00:00.000Z')]);
  keep('finished', story);
});

it('is declined by a customer who does not want the change', () => {
  const story = waiting().whenRaised(orderApproval, { approved: false, reason: 'too late' });
  shows(story, 'declined')
    .thenCalls(sendPush, { stage: 'declined' })
    .whenDone(sendPush, SENT)
    .thenCompletes([sent('received'), sent('processing'), sent('declined')]);
  keep('declined', story);
});

describe('a customer who does not answer', () => {
  it('has a day, and is told that it is over', () => {
    const story = waiting()
      .whenTimePasses(24 * HOUR - 1)
      .thenCallsNothing()
      .whenTimePasses(1)
      .thenCalls(sendPush, {
        stage: 'expired',
        body: 'You did not answer by 2030-01-02 00:00 UTC. Your order is not carried out.',
      });
    shows(story, 'expired')
      .whenDone(sendPush, SENT)
      .thenCompletes([
        sent('received'),
        sent('processing'),
        { stage: 'expired', at: '2030-01-02T00:00:00.000Z', ...SENT },
      ]);
    keep('expired', story);
  });

  it('has as long as the order says', () => {
    shows(waiting({ approvalSeconds: 30 }).whenTimePasses(30_000), 'expired');
  });

  it('answers too late after that', () => {
    const story = waiting({ approvalSeconds: 30 })
      .whenTimePasses(30_000)
      .whenRaised(orderApproval, {})
      .thenInputIs('buffered')
      .whenDone(sendPush, SENT);
    expect(pushed(story)).toEqual(['received', 'processing', 'expired']);
  });
});

describe('an answer', () => {
  it('that comes before it was asked for is kept', () => {
    const story = ordered().whenRaised(orderApproval, {}).thenInputIs('applied');
    shows(story, 'received').thenCalls(sendPush, { stage: 'received' }).whenDone(sendPush, SENT);
    shows(story, 'processing').whenDone(sendPush, SENT);
    shows(story, 'finished')
      .whenDone(sendPush, SENT)
      .thenCompletes([sent('received'), sent('processing'), sent('finished')]);
    keep('answered-early', story);
  });

  it('counts when it is the first; the second is known to be the second', () => {
    const story = waiting()
      .whenRaised(orderApproval, { approved: false })
      .thenInputIs('applied')
      .whenRaised(orderApproval, { approved: true })
      .thenInputIs('buffered')
      .whenDone(sendPush, SENT);
    expect(pushed(story)).toEqual(['received', 'processing', 'declined']);
    keep('answered-twice', story);
  });

  it('counts when it is the first of two that came early', () => {
    const story = ordered()
      .whenRaised(orderApproval, { approved: false })
      .whenRaised(orderApproval, { approved: true })
      .thenInputIs('buffered')
      .whenDone(sendPush, SENT)
      .whenDone(sendPush, SENT);
    shows(story, 'declined');
  });

  it.each([['yes'], [true], [0], [['approved']], [{ approved: 'no' }], [{ aproved: false }]] as const)(
    'is not %j: that is passed over, and the customer can still answer',
    (garbage) => {
      const story = waiting();
      story.instance.raise(orderApproval.name, garbage as never);
      shows(story, 'processing').thenIsRunning().thenCallsNothing().thenWaitsFor(orderApproval);
      shows(story.whenRaised(orderApproval, { approved: false }), 'declined');
    },
  );

  it('replays where garbage came first', () => {
    const story = waiting();
    story.instance.raise(orderApproval.name, 'rubbish');
    story.whenRaised(orderApproval, {}).whenDone(sendPush, SENT);
    keep('garbage', story);
  });

  it('by the management API may be nothing at all, and accepts', () => {
    const story = waiting();
    story.instance.raise(orderApproval.name, null);
    shows(story, 'finished');
  });
});

describe('a device', () => {
  it('that is not registered is written down, is left alone, and the flow goes on', () => {
    const story = ordered().whenDone(sendPush, UNREGISTERED);
    shows(story, 'processing').thenCallsNothing().whenRaised(orderApproval, {});
    story.thenCompletes([
      { stage: 'received', at: AT, ...UNREGISTERED },
      { stage: 'processing', at: AT, ...UNREGISTERED },
      { stage: 'finished', at: AT, ...UNREGISTERED },
    ]);
    expect(pushed(story)).toEqual(['received']);
    keep('unregistered', story);
  });

  it('that cannot be pushed to is written down with the reason, and is tried again at the next stage', () => {
    const story = ordered()
      .whenFails(sendPush, 'FcmRefused')
      .whenDone(sendPush, SENT)
      .whenRaised(orderApproval, {})
      .whenDone(sendPush, SENT)
      .thenCompletes([
        { stage: 'received', at: AT, outcome: 'failed', reason: 'FcmRefused: push.send says FcmRefused' },
        sent('processing'),
        sent('finished'),
      ]);
    keep('push-failed', story);
  });

  it('is tried for ten minutes per stage, while the push service is down', () => {
    const story = ordered()
      .whenTimePasses(10 * MINUTE - 1)
      .thenCalls(sendPush, { stage: 'received' })
      .whenTimePasses(1);
    shows(story, 'processing')
      .thenCalls(sendPush, { stage: 'processing' })
      .whenTimePasses(10 * MINUTE);
    story.thenCallsNothing().whenRaised(orderApproval, {}).whenDone(sendPush, SENT);
    expect(story.instance.step).toMatchObject({
      status: 'Completed',
      result: [{ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'sent' }],
    });
    keep('push-service-down', story);
  });

  it('is not asked for an answer longer than there is time for one', () => {
    const story = ordered({ approvalSeconds: 60 }).whenDone(sendPush, SENT).whenTimePasses(MINUTE);
    shows(story, 'expired').thenCalls(sendPush, { stage: 'expired' });
  });

  it('reads what was ordered, but not a list without end', () => {
    const items = ['tea', 'cake', 'jam', 'milk', 'salt'].map((name, n) => ({ name, quantity: n + 1 }));
    const body = 'We have received your order: 1 × tea, 2 × cake, 3 × jam, 2 more.';
    ordered({ items }).thenCalls(sendPush, { body });
    ordered({ items: undefined }).thenCalls(sendPush, { body: 'We have received your order.' });
  });
});

it('pushes nothing more once it is cancelled', () => {
  const story = waiting().whenCancelled().thenIsCanceled();
  expect(pushed(story)).toEqual(['received', 'processing']);
  ordered().whenCancelled().thenWithdraws(sendPush).thenIsCanceled();
  keep('cancelled', story);
});
