import { COORDINATOR_CONSUMER, streamName } from '@countersign/contracts';
import type { Delivery, StoredMessage } from '@countersign/workflow';
import type { JetStreamConnection } from './connection';
import { EXPECTED_LAST } from './message-headers';
import { PullConsumer } from './pull-consumer';
import type { PulledMessage } from './pulled-message';
import type { Served } from './served';

export interface InputOptions {
  /** Most inputs in hand; they should be handled within half of the acknowledgement time. Default: 1000. */
  readonly prefetch?: number;
  /** Priority group, of which one client at a time gets everything. Needed where the consumer is pinned. */
  readonly group?: string;
  /** Gets redeliveries of what is in hand too. */
  onDelivery(delivery: Delivery): void;
}

export interface InputConsumer extends Served {
  /** Delivered, but neither acknowledged nor (for the acknowledgement time) renewed. */
  readonly inHand: number;
  /** The consumer's acknowledgement time in milliseconds. */
  readonly ackWait: number;
  /** Whether this client is the one of its priority group that gets everything. */
  readonly isPinned: boolean;
  /** No delivery after this, and another client of the group is pinned; what is in hand may still be acknowledged. */
  leave(): Promise<void>;
  /** Deliveries may come again after it left. */
  standBy(): void;
  /** Leaves for good. */
  stop(): Promise<void>;
}

const PREFETCH = 1000;

/** Delivers the inputs of a shard's instances; throws what `ackWaitOf` throws. */
export function consumeInputs(
  connection: JetStreamConnection,
  shard: number,
  { prefetch = PREFETCH, group, onDelivery }: InputOptions,
): Promise<InputConsumer> {
  return PullConsumer.open(connection, {
    stream: streamName(shard),
    consumer: COORDINATOR_CONSUMER,
    prefetch,
    group,
    onMessage: (message) => onDelivery(new InputDelivery(message)),
  });
}

class InputDelivery implements Delivery {
  readonly message: StoredMessage;

  constructor(private readonly pulled: PulledMessage) {
    const { seq, subject, at } = pulled;
    this.message = { seq, subject, at, body: pulled.text() };
  }

  get deliveries(): number {
    return this.pulled.deliveries;
  }

  get firstOnSubject(): boolean {
    return this.pulled.headers?.get(EXPECTED_LAST) === '0';
  }

  ack(): void {
    this.pulled.ack();
  }

  working(): void {
    this.pulled.working();
  }
}
