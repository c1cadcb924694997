import { streamName } from '@countersign/contracts';
import type { OutgoingMessage, PublishOutcome, ShardLog, StoredMessage } from '@countersign/workflow';
import type { JetStreamConnection } from './connection';
import { deleteIfThere } from './delete-message';
import { readAt, readLast, readSome, readSubject } from './direct-get';
import { leaderGet, type LeaderQuery, storedMessage } from './leader-get';
import type { ConditionalMessage } from './message-headers';
import { Patience } from './patience';
import type { PipelinedPublisher } from './publisher';
import type { Requests } from './requests';
import { storageUnavailable } from './unavailable';

/** No message has this sequence, so a write that expects it is never stored. Its refusal names the newest one. */
const NEVER = Number.MAX_SAFE_INTEGER;
/** How long the leader and a replica that has what the leader has are looked for, in milliseconds. */
const CONFIRM_TIMEOUT = 5000;

const NO_ANSWER: PublishOutcome = { kind: 'unknown', reason: 'JetStream did not answer in time' };

/**
 * One shard's stream. Times are stream time in whole milliseconds, rounded down on every way.
 * All but `publish` throw CodedError `StorageUnavailable` when JetStream does not answer.
 */
export class JetStreamLog implements ShardLog {
  private readonly stream: string;

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly publisher: PipelinedPublisher,
    private readonly requests: Requests,
    readonly shard: number,
  ) {
    this.stream = streamName(shard);
  }

  publish(message: OutgoingMessage): Promise<PublishOutcome> {
    return this.publisher.publish(message);
  }

  read(subject: string, fromSeq = 1): Promise<StoredMessage[]> {
    return readSubject(this.requests, this.stream, subject, fromSeq);
  }

  readAt(seqs: readonly number[]): Promise<StoredMessage[]> {
    return readAt(this.requests, this.stream, seqs);
  }

  readSome(filter: string, fromSeq: number, limit: number): Promise<StoredMessage[]> {
    return readSome(this.requests, this.stream, { filter, fromSeq, limit });
  }

  lastFromAny(subject: string): Promise<StoredMessage | undefined> {
    return readLast(this.requests, this.stream, subject);
  }

  async readFromLeader(subject: string, fromSeq = 1): Promise<StoredMessage[]> {
    const messages: StoredMessage[] = [];
    let next = await this.get({ seq: fromSeq, next_by_subj: subject });
    while (next !== undefined) {
      messages.push(next);
      next = await this.get({ seq: next.seq + 1, next_by_subj: subject });
    }
    return messages;
  }

  last(subject: string): Promise<StoredMessage | undefined> {
    return this.get({ last_by_subj: subject });
  }

  /**
   * The same as `last`, for who may read this subject only: permissions cannot tell apart what the leader is asked
   * for, but they can for direct gets. Those a replica may answer that is behind, so the leader is first asked for
   * the sequence, by a write that it has to refuse.
   *
   * @param by any subject of the stream that this user may publish to
   */
  async lastConfirmed(subject: string, by: string): Promise<StoredMessage | undefined> {
    const patience = new Patience(CONFIRM_TIMEOUT, `read ${subject}`);
    for (;;) {
      const seq = await this.sequence(
        { subject: by, body: '', expectedLast: NEVER, expectedLastOf: subject },
        patience,
      );
      if (seq === 0) return undefined;
      const message = await this.lastFromAny(subject);
      if (message !== undefined && message.seq >= seq) return message;
      await patience.pause(`no replica has the message ${seq} yet`);
    }
  }

  /**
   * Of the newest message of a literal subject, or of the whole stream, as the leader knows it; 0 when there is none.
   * Needs no right to read.
   *
   * @param by any subject of the stream that this user may publish to
   */
  lastSequence(by: string, subject?: string): Promise<number> {
    const patience = new Patience(CONFIRM_TIMEOUT, `look up the newest message of ${subject ?? this.stream}`);
    const condition =
      subject === undefined
        ? { expectedLastInStream: NEVER }
        : { expectedLast: NEVER, expectedLastOf: subject };
    return this.sequence({ subject: by, body: '', ...condition }, patience);
  }

  first(subject: string): Promise<StoredMessage | undefined> {
    return this.get({ seq: 1, next_by_subj: subject });
  }

  async delete(seq: number): Promise<void> {
    await this.ask(() => deleteIfThere(this.connection, this.stream, seq));
  }

  async purge(filter: string, before?: number): Promise<void> {
    const options = before === undefined ? { filter } : { filter, seq: before };
    await this.ask(() => this.connection.jsm.streams.purge(this.stream, options));
  }

  async subjects(filter: string): Promise<string[]> {
    const { state } = await this.ask(() =>
      this.connection.jsm.streams.info(this.stream, { subjects_filter: filter }),
    );
    return Object.keys(state.subjects ?? {});
  }

  private async sequence(refused: ConditionalMessage, patience: Patience): Promise<number> {
    for (;;) {
      const outcome = await patience.within(this.publisher.publish(refused), NO_ANSWER);
      if (outcome.kind === 'conflict') return outcome.last;
      await patience.pause(outcome.kind === 'unknown' ? outcome.reason : 'the write was not refused');
    }
  }

  private async get(query: LeaderQuery): Promise<StoredMessage | undefined> {
    const message = await leaderGet(this.requests, this.stream, query);
    return message && storedMessage(message);
  }

  private async ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw storageUnavailable(`JetStream did not do what was asked of ${this.stream}: ${why}`, cause);
    }
  }
}
