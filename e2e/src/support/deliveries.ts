/** What JetStream itself tells of deliveries: whether a message had to come again although nobody had given it back. */
import { JetStreamConnection } from '@countersign/jetstream';
import type { TestStack } from './test-stack';

/** Of an acknowledgement (`io.nats.jetstream.metric.v1.consumer_ack`) and of a nak (`…advisory.v1.nak`). */
interface Told {
  readonly consumer: string;
  readonly stream_seq: number;
  /** Including this one. */
  readonly deliveries: number;
}

const ACKNOWLEDGED = '$JS.EVENT.METRIC.CONSUMER.ACK.>';
/** Of a pinned consumer, for one of its clients is not there any more: told so (`admin`), or silent (`timeout`). */
const UNPINNED = '$JS.EVENT.ADVISORY.CONSUMER.UNPINNED.>';
const GIVEN_BACK = '$JS.EVENT.ADVISORY.CONSUMER.MSG_NAKED.>';

export class Deliveries {
  private readonly acknowledgements: Told[] = [];
  private readonly naks: Told[] = [];
  /** Why clients of pinned consumers lost their places. */
  readonly unpinned: string[] = [];

  private constructor(
    private readonly connection: JetStreamConnection,
    private readonly stream: string,
  ) {
    const { nc } = connection;
    nc.subscribe(UNPINNED, {
      callback: (_, message) => void this.unpinned.push(message.json<{ reason: string }>().reason),
    });
    nc.subscribe(ACKNOWLEDGED, { callback: (_, message) => void this.acknowledgements.push(message.json()) });
    nc.subscribe(GIVEN_BACK, { callback: (_, message) => void this.naks.push(message.json()) });
  }

  /** Has the server tell of every acknowledgement of the stream's consumers from now on. */
  static async watch({ natsUrl }: TestStack, stream: string): Promise<Deliveries> {
    const connection = await JetStreamConnection.open({ servers: natsUrl, name: 'e2e' });
    for await (const { name } of connection.jsm.consumers.list(stream))
      await connection.jsm.consumers.update(stream, name, { sample_freq: '100%' });
    return new Deliveries(connection, stream);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** How often each consumer's messages were given back. */
  get givenBack(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { consumer } of this.naks) counts.set(consumer, (counts.get(consumer) ?? 0) + 1);
    return counts;
  }

  /** Every delivery but the first one follows a nak, or the end of `ack_wait`: these do not follow a nak. */
  get waitedFor(): string[] {
    return this.acknowledgements
      .filter((told) => told.deliveries - 1 > this.naks.filter((nak) => isSame(nak, told)).length)
      .map(({ consumer, stream_seq, deliveries }) => `${consumer} ${stream_seq}: ${deliveries} deliveries`);
  }

  /** How many messages are in somebody's hand. */
  async inHand(): Promise<number> {
    let count = 0;
    for await (const info of this.connection.jsm.consumers.list(this.stream)) count += info.num_ack_pending;
    return count;
  }
}

const isSame = (a: Told, b: Told): boolean => a.consumer === b.consumer && a.stream_seq === b.stream_seq;
