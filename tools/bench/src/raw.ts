/**
 * The unit of measure: the round trip that any engine on JetStream needs for one task, in the
 * cheapest way that the client offers. Task published and acknowledged by the server, consumed and
 * acknowledged; result published, consumed and acknowledged. Two processes, file storage.
 */
import type { JetStreamConnection } from '@countersign/jetstream';
import { AckPolicy, DiscardPolicy, type JsMsg } from '@nats-io/jetstream';
import { createInbox } from '@nats-io/transport-node';

export const RAW_STREAM = 'RAW';
export const TASKS = 'raw.task';
export const RESULTS = 'raw.result';

const PREFETCH = 2000;
const MOST_MESSAGES = 500_000;

export async function provisionRaw({ jsm }: JetStreamConnection): Promise<void> {
  await jsm.streams.add({
    name: RAW_STREAM,
    subjects: ['raw.>'],
    max_msgs: MOST_MESSAGES,
    discard: DiscardPolicy.Old,
  });
  for (const [durable_name, subject] of [
    ['tasks', TASKS],
    ['results', RESULTS],
  ] as const)
    await jsm.consumers.add(RAW_STREAM, {
      durable_name,
      filter_subject: `${subject}.*`,
      ack_policy: AckPolicy.Explicit,
      max_ack_pending: 100_000,
    });
}

/** Publishes with one inbox for all acknowledgements, so that each costs a message and no promise. */
export class RawPublisher {
  readonly #inbox = createInbox();
  #unacknowledged = 0;

  constructor(private readonly connection: JetStreamConnection) {
    connection.nc.subscribe(`${this.#inbox}.*`, { callback: () => void this.#unacknowledged-- });
  }

  publish(subject: string, body: string): void {
    this.#unacknowledged++;
    this.connection.nc.publish(subject, body, { reply: `${this.#inbox}.1` });
  }

  get unacknowledged(): number {
    return this.#unacknowledged;
  }
}

export async function consumeRaw(
  { js }: JetStreamConnection,
  consumer: 'tasks' | 'results',
  onMessage: (message: JsMsg) => void,
): Promise<{ stop(): void }> {
  const messages = await (
    await js.consumers.get(RAW_STREAM, consumer)
  ).consume({
    max_messages: PREFETCH,
    callback: (message) => {
      onMessage(message);
      message.ack();
    },
  });
  return { stop: () => messages.stop() };
}
