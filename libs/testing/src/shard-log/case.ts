import { InstanceSubjects } from '@countersign/contracts';
import type {
  Delivery,
  OutgoingMessage,
  PublishOutcome,
  ShardLog,
  StoredMessage,
} from '@countersign/workflow';

/** One implementation of `ShardLog`, on a shard of its own. */
export interface LogUnderTest {
  readonly log: ShardLog;
  readonly shard: number;
  /** Redelivery time of the shard's inputs in milliseconds; half of it must be well above scheduling noise. */
  readonly ackWait: number;
  /** Gets the shard's inputs until `stop`. */
  consume(onDelivery: (delivery: Delivery) => void): Promise<void> | void;
  /** Lets time pass until the condition holds. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Lets so many milliseconds pass. */
  elapse(ms: number): Promise<void>;
  /** Stream time in milliseconds since the epoch. */
  now(): number;
  stop(): Promise<void> | void;
}

/** What one test works with. */
export interface Case {
  readonly test: LogUnderTest;
  readonly log: ShardLog;
  /** Of an instance that no other case uses. */
  readonly on: InstanceSubjects;
  readonly other: InstanceSubjects;
  /** Publishes and expects that it is stored. */
  store(message: OutgoingMessage): Promise<number>;
  deliveriesOf(seq: number): Delivery[];
  /** Waits for the nth delivery of the message. */
  delivered(seq: number, times?: number): Promise<Delivery>;
}

export function caseOn(test: LogUnderTest, all: readonly Delivery[], id: string): Case {
  const { log, shard } = test;
  const deliveriesOf = (seq: number) => all.filter(({ message }) => message.seq === seq);
  return {
    test,
    log,
    on: new InstanceSubjects(shard, id),
    other: new InstanceSubjects(shard, `${id}-other`),
    deliveriesOf,
    store: async (message) => {
      const outcome = await log.publish(message);
      expect(outcome).toMatchObject({ kind: 'stored' });
      return (outcome as PublishOutcome & { kind: 'stored' }).seq;
    },
    delivered: async (seq, times = 1) => {
      await test.until(() => deliveriesOf(seq).length >= times);
      return deliveriesOf(seq)[times - 1] as Delivery;
    },
  };
}

export const bodies = (messages: readonly StoredMessage[]): string[] => messages.map(({ body }) => body);
