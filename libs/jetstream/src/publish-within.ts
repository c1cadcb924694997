import type { OutgoingMessage, PublishOutcome } from '@countersign/workflow';
import type { JetStreamLog } from './log';
import type { Patience } from './patience';

/** As `log.publish`; `unknown` when the time is up first. */
export const publishWithin = (
  log: JetStreamLog,
  message: OutgoingMessage,
  patience: Patience,
): Promise<PublishOutcome> =>
  patience.within(log.publish(message), {
    kind: 'unknown',
    reason: 'JetStream did not acknowledge it in time',
  });
