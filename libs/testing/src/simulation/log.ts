import type {
  Delivery,
  OutgoingMessage,
  PublishOutcome,
  ShardLog,
  StoredMessage,
} from '@countersign/workflow';
import type { ModelClient } from './client';
import type { TaskDelivery } from './consumer';
import type { ModelStream } from './stream';

const MOST_MISSING = 10;

/** One shard's stream as one client sees it. */
export class ModelLog implements ShardLog {
  private readonly stream: ModelStream;

  constructor(
    private readonly client: ModelClient,
    readonly shard: number,
  ) {
    this.stream = client.broker.stream(shard);
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    const { broker, clock, name } = this.client;
    const stream = broker.streamOf(message.subject);
    const sentAt = clock.now();
    return new Promise((resolve) => {
      this.client.request({
        label: `publish ${message.subject}`,
        effect: () => stream.publish(message, name, sentAt),
        answered: resolve,
        failed: (reason) => resolve({ kind: 'unknown', reason }),
      });
    });
  }

  read(subject: string, fromSeq?: number): Promise<StoredMessage[]> {
    const missing = this.missing();
    return this.client.ask(`read ${subject}`, () => this.stream.read(subject, fromSeq, missing));
  }

  readAt(seqs: readonly number[]): Promise<StoredMessage[]> {
    const missing = this.missing();
    return this.client.ask(`read ${seqs.length}`, () => this.stream.readAt(seqs, missing));
  }

  readSome(filter: string, fromSeq: number, limit: number): Promise<StoredMessage[]> {
    return this.client.ask(`some ${filter}`, () => this.stream.readSome(filter, fromSeq, limit));
  }

  readFromLeader(subject: string, fromSeq?: number): Promise<StoredMessage[]> {
    return this.client.ask(`leader ${subject}`, () => this.stream.read(subject, fromSeq));
  }

  lastFromAny(subject: string): Promise<StoredMessage | undefined> {
    const missing = this.missing();
    return this.client.ask(`any ${subject}`, () => this.stream.read(subject, 1, missing).at(-1));
  }

  last(subject: string): Promise<StoredMessage | undefined> {
    return this.client.ask(`last ${subject}`, () => this.stream.last(subject));
  }

  first(subject: string): Promise<StoredMessage | undefined> {
    return this.client.ask(`first ${subject}`, () => this.stream.first(subject));
  }

  async delete(seq: number): Promise<void> {
    await this.client.ask(`delete ${seq}`, () => this.stream.remove(seq));
  }

  async purge(filter: string, before?: number): Promise<void> {
    await this.client.ask(`purge ${filter}`, () => this.stream.purge(filter, before));
  }

  subjects(filter: string): Promise<string[]> {
    return this.client.ask(`subjects ${filter}`, () => this.stream.subjects(filter));
  }

  /** How many of the newest messages the replica that is asked does not have yet. */
  private missing(): number {
    const { faults, scheduler } = this.client.broker;
    const { random } = scheduler;
    return random.chance(faults.staleRead) ? random.between(1, MOST_MISSING) : 0;
  }

  /** Gets the shard's inputs; the returned function ends it in an orderly way. */
  attachConsumer(onDelivery: (delivery: Delivery) => void): () => void {
    return this.client.broker.inputs(this.shard).attach(this.client, onDelivery);
  }

  /** Gets the queue's tasks of this shard, as a worker; the returned function ends it. */
  attachWorker(queue: string, onTask: (task: TaskDelivery) => void): () => void {
    return this.client.broker.tasks(this.shard, queue).attach(this.client, onTask);
  }
}
