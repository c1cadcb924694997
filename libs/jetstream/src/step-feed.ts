/**
 * The steps of every instance of a shard, followed in the order of the stream, for whoever keeps a
 * copy of their state. With them come the notices of purged instances.
 *
 * 1. Beginning from nothing, an instance comes with its newest step only; from there on with each.
 * 2. Sequences of steps only grow. Nothing is left out: what was lost on its way is asked for again.
 * 3. Notices come on their own, all that the stream still has with each connection. No step comes
 *    after the notice that it is purged, which may be on its way while the notice is taken.
 */
import {
  instanceIdOf,
  purgedFilter,
  type PurgedNotice,
  stepFilter,
  streamName,
} from '@countersign/contracts';
import type { Step } from '@countersign/workflow';
import type { JsMsg } from '@nats-io/jetstream';
import { setTimeout as pause } from 'node:timers/promises';
import type { JetStreamConnection } from './connection';
import { SubjectFeed } from './subject-feed';

export interface FeedStream {
  /** When the stream was made (RFC 3339): another one means another stream. */
  readonly created: string;
  /** Of its newest message, of whatever kind. */
  readonly lastSeq: number;
}

export type FeedRecord =
  | { readonly kind: 'step'; readonly id: string; readonly seq: number; readonly step: Step }
  /** Everything of the instance up to the sequence `upTo` is purged. */
  | { readonly kind: 'purged'; readonly id: string; readonly seq: number; readonly upTo: number };

/** Without records it says that nothing came. */
export interface FeedBatch {
  readonly records: readonly FeedRecord[];
  /** How many messages of the shard are still to come. */
  readonly behind: number;
}

export interface Follower {
  /** Asked before each connection: the step after whose sequence to go on; 0 to begin from nothing. */
  position(stream: FeedStream): number;
  take(batch: FeedBatch): void;
  /** What went wrong. The feed goes on by itself. */
  interrupted(error: unknown): void;
}

type StepRecord = Extract<FeedRecord, { kind: 'step' }>;
type PurgedRecord = Extract<FeedRecord, { kind: 'purged' }>;

const RETRY_AFTER = 500;
const ASK_ANEW_AFTER = 200;

/** Follows one shard from its making until `stop`. */
export class StepFeed {
  private readonly stream: string;
  private stopped = false;
  /** Of the present connection: steps and notices. */
  private feeds: readonly SubjectFeed[] = [];
  /** Notices that steps older than them may still come after, in the order of the stream. */
  private readonly notices = new Map<string, PurgedRecord>();
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly shard: number,
    private readonly follower: Follower,
  ) {
    this.stream = streamName(shard);
    void this.run();
  }

  /** Nothing is taken after this. */
  stop(): void {
    this.stopped = true;
    this.interrupt();
    this.wake();
  }

  /** Resolves when everything that is stored now has been taken: false when that is not so in time. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs;
    let feeds: readonly SubjectFeed[] | undefined;
    let taken: readonly (() => boolean)[] = [];
    for (;;) {
      if (feeds !== this.feeds) {
        feeds = this.feeds;
        taken = await Promise.all(feeds.map((feed) => feed.allStored()));
      }
      if (feeds === this.feeds && feeds.length > 0 && taken.every((all) => all())) return true;
      const left = deadline - performance.now();
      if (left <= 0 || this.stopped) return false;
      // What was counted may have been deleted before it came: ask anew when nothing comes.
      if (!(await this.nextBatch(Math.min(left, ASK_ANEW_AFTER)))) feeds = undefined;
    }
  }

  /** Whether a batch came in time. */
  private nextBatch(atMost: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (came: boolean) => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve(came);
      };
      const done = () => end(true);
      const timer = setTimeout(() => end(false), atMost);
      this.waiting.add(done);
    });
  }

  private async run(): Promise<void> {
    const forget = this.connection.onReconnect(() => this.interrupt());
    while (!this.stopped) {
      try {
        await this.follow(this.connection.epoch);
      } catch (error) {
        if (!this.stopped) this.follower.interrupted(error);
      }
      if (!this.stopped) await pause(RETRY_AFTER);
    }
    forget();
  }

  /** Until one of the feeds ends; then so does the other. */
  private async follow(epoch: number): Promise<void> {
    const feeds = (this.feeds = await this.open());
    const [steps, notices] = feeds;
    const end = () => feeds.forEach((feed) => feed.stop());
    this.notices.clear();
    try {
      if (this.connection.epoch !== epoch) return;
      this.give([]);
      const running = [
        notices.run((messages) => this.give(this.noticesOf(messages))),
        steps.run((messages) => this.give(this.stepsOf(messages))),
      ];
      await Promise.all(running.map((feed) => feed.finally(end)));
    } finally {
      end();
      this.feeds = [];
      for (const feed of feeds) void feed.forget();
    }
  }

  private async open() {
    const { connection, stream, shard } = this;
    const { created, state } = await connection.jsm.streams.info(stream);
    const after = this.follower.position({ created, lastSeq: state.last_seq });
    return Promise.all([
      SubjectFeed.open(connection, { stream, filter: stepFilter(shard), after }),
      SubjectFeed.open(connection, { stream, filter: purgedFilter(shard), after: 0 }),
    ]);
  }

  private interrupt(): void {
    for (const feed of this.feeds) feed.stop();
  }

  private noticesOf(messages: readonly JsMsg[]): FeedRecord[] {
    const records = this.recordsOf(messages, noticeOf);
    for (const record of records) {
      this.notices.delete(record.id);
      this.notices.set(record.id, record);
    }
    return records;
  }

  private stepsOf(messages: readonly JsMsg[]): FeedRecord[] {
    const records = this.recordsOf(messages, stepOf);
    const kept = records.filter(({ id, seq }) => seq > (this.notices.get(id)?.upTo ?? 0));
    const last = records.at(-1)?.seq ?? 0;
    for (const [id, { seq }] of this.notices) {
      if (seq > last) break;
      this.notices.delete(id);
    }
    return kept;
  }

  private give(records: readonly FeedRecord[]): void {
    if (this.stopped) return;
    const behind = this.feeds.reduce((sum, feed) => sum + feed.behind, 0);
    this.follower.take({ records, behind });
    // Once the feed has counted them.
    queueMicrotask(() => this.wake());
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  /** What cannot be read must not hold up the rest. */
  private recordsOf<R extends FeedRecord>(messages: readonly JsMsg[], read: (message: JsMsg) => R): R[] {
    return messages.flatMap((message) => {
      try {
        return read(message);
      } catch (cause) {
        const what = `${message.subject} (sequence ${message.seq} of ${this.stream})`;
        this.follower.interrupted(new Error(`${what} cannot be read and is left out`, { cause }));
        return [];
      }
    });
  }
}

function stepOf(message: JsMsg): StepRecord {
  return { kind: 'step', id: instanceIdOf(message.subject), seq: message.seq, step: message.json<Step>() };
}

function noticeOf(message: JsMsg): PurgedRecord {
  const upTo = message.json<PurgedNotice>().step;
  return { kind: 'purged', id: instanceIdOf(message.subject), seq: message.seq, upTo };
}
