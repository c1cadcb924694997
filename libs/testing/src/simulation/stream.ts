import type { OutgoingMessage, PublishOutcome, StoredMessage } from '@countersign/workflow';

/** A message as the model holds it, with what its headers would say. */
export interface HeldMessage extends StoredMessage {
  readonly expectedLast?: number;
  readonly schedule?: { readonly at: number; readonly target: string };
  /** Name of the client that published it; `schedule` for a schedule that fired. */
  readonly by: string;
  /** Virtual time at which the client published it, which may be long before it was stored. */
  readonly sentAt: number;
  /** Virtual time at which it was stored. */
  readonly storedAt: number;
}

export interface StreamHooks {
  /** Stream time in whole milliseconds since the epoch. */
  readonly time: () => number;
  /** Virtual time. */
  readonly now: () => number;
  readonly stored: (message: HeldMessage) => void;
  /** The message is to be removed after so many milliseconds. */
  readonly expires: (message: HeldMessage, ms: number) => void;
}

const DUPLICATE_WINDOW_MS = 120_000;

/**
 * What one JetStream stream does with what reaches it, without the network between. As
 * nats-server 2.15.1 does it:
 *
 * 1. The expected last sequence is checked first, then the duplicate window. A refused message
 *    leaves no trace in the window.
 * 2. The last sequence of a subject is that of its newest message that is still there; 0 when there
 *    is none (deleted, purged and fired ones do not count).
 * 3. The window remembers ids of messages that are gone, until the broker restarts.
 * 4. A schedule replaces its subject's messages. Fired, it is removed, and the message it leaves at
 *    its target has its body and neither its id nor its expected sequence.
 * 5. A message that is refused or a duplicate cancels no schedule.
 */
export class ModelStream {
  /** Every message ever stored, those that are gone included. */
  readonly history: HeldMessage[] = [];
  private lastSeq = 0;
  private readonly messages = new Map<number, HeldMessage>();
  /** By subject, ascending, never empty. */
  private readonly bySubject = new Map<string, HeldMessage[]>();
  private readonly window = new Map<string, { readonly seq: number; readonly at: number }>();

  constructor(
    readonly shard: number,
    private readonly hooks: StreamHooks,
  ) {}

  publish(message: OutgoingMessage, by: string, sentAt: number): PublishOutcome {
    const { subject, expectedLast, msgId, schedule } = message;
    const last = this.last(subject)?.seq ?? 0;
    if (expectedLast !== undefined && expectedLast !== last) return { kind: 'conflict', last };
    const first = msgId === undefined ? undefined : this.inWindow(msgId);
    if (first !== undefined) return { kind: 'duplicate', seq: first };
    if (schedule !== undefined && shardOfSubject(schedule.target) !== this.shard) {
      return { kind: 'unknown', reason: 'message schedules target is invalid (10190)' };
    }
    if (message.rollup === true || schedule !== undefined) this.purge(subject);
    if (message.cancelsSchedule !== undefined) this.removeSchedule(message.cancelsSchedule);
    const held = this.store({
      subject,
      body: message.body,
      by,
      sentAt,
      ...(expectedLast !== undefined && { expectedLast }),
      ...(schedule !== undefined && { schedule }),
    });
    if (msgId !== undefined) this.window.set(msgId, { seq: held.seq, at: held.at });
    if (message.ttl !== undefined)
      this.hooks.expires(held, Math.max(1, Math.ceil(message.ttl / 1000)) * 1000);
    this.hooks.stored(held);
    return { kind: 'stored', seq: held.seq };
  }

  /** Does nothing when the schedule was replaced, cancelled or fired. */
  fire(schedule: HeldMessage, now: number): void {
    if (schedule.schedule === undefined || !this.remove(schedule.seq)) return;
    const { body } = schedule;
    this.hooks.stored(this.store({ subject: schedule.schedule.target, body, by: 'schedule', sentAt: now }));
  }

  get(seq: number): HeldMessage | undefined {
    return this.messages.get(seq);
  }

  /** `missing`: leaves out so many of the newest messages of the stream, as a replica that is behind. */
  read(subject: string, fromSeq = 1, missing = 0): HeldMessage[] {
    const end = this.lastSeq - missing;
    return (this.bySubject.get(subject) ?? []).filter(({ seq }) => seq >= fromSeq && seq <= end);
  }

  /** `missing`: as for {@link read}. */
  readAt(seqs: readonly number[], missing = 0): HeldMessage[] {
    const end = this.lastSeq - missing;
    return seqs.flatMap((seq) => (seq > end ? [] : (this.messages.get(seq) ?? [])));
  }

  readSome(filter: string, fromSeq: number, limit: number): HeldMessage[] {
    const matches = matcher(filter);
    return this.all()
      .filter(({ seq, subject }) => seq >= fromSeq && matches(subject))
      .slice(0, limit);
  }

  first(subject: string): HeldMessage | undefined {
    return this.bySubject.get(subject)?.[0];
  }

  last(subject: string): HeldMessage | undefined {
    return this.bySubject.get(subject)?.at(-1);
  }

  remove(seq: number): boolean {
    const message = this.messages.get(seq);
    if (message === undefined) return false;
    this.messages.delete(seq);
    const left = (this.bySubject.get(message.subject) ?? []).filter((other) => other.seq !== seq);
    if (left.length === 0) this.bySubject.delete(message.subject);
    else this.bySubject.set(message.subject, left);
    return true;
  }

  purge(filter: string, before = Infinity): void {
    for (const subject of this.subjects(filter)) {
      const held = this.bySubject.get(subject) ?? [];
      for (const { seq } of held) if (seq < before) this.messages.delete(seq);
      const left = held.filter(({ seq }) => seq >= before);
      if (left.length === 0) this.bySubject.delete(subject);
      else this.bySubject.set(subject, left);
    }
  }

  subjects(filter: string): string[] {
    if (!filter.includes('*') && !filter.endsWith('>')) return this.bySubject.has(filter) ? [filter] : [];
    const matches = matcher(filter);
    return [...this.bySubject.keys()].filter(matches);
  }

  /** Everything that the stream holds now, in sequence order. */
  all(): HeldMessage[] {
    return [...this.messages.values()];
  }

  /** A restarted server rebuilds its duplicate window from the messages that are there. */
  restarted(): void {
    for (const [id, { seq }] of this.window) if (!this.messages.has(seq)) this.window.delete(id);
  }

  private store(message: Omit<HeldMessage, 'seq' | 'at' | 'storedAt'>): HeldMessage {
    const held: HeldMessage = {
      seq: ++this.lastSeq,
      at: this.hooks.time(),
      storedAt: this.hooks.now(),
      ...message,
    };
    this.messages.set(held.seq, held);
    this.history.push(held);
    const others = this.bySubject.get(held.subject);
    if (others === undefined) this.bySubject.set(held.subject, [held]);
    else others.push(held);
    return held;
  }

  private inWindow(msgId: string): number | undefined {
    const first = this.window.get(msgId);
    return first !== undefined && this.hooks.time() - first.at < DUPLICATE_WINDOW_MS ? first.seq : undefined;
  }

  private removeSchedule(subject: string): void {
    if (this.last(subject)?.schedule !== undefined) this.purge(subject);
  }
}

/** @throws RangeError when the subject is of no shard. */
export function shardOfSubject(subject: string): number {
  const [root, shard] = subject.split('.', 2);
  if (root !== 'wf' || shard === undefined)
    throw new RangeError(`No shard's stream takes the subject ${subject}`);
  return +shard;
}

/** Tells whether a subject matches a NATS filter: `*` is one token, a last `>` is one or more. */
export function matcher(filter: string): (subject: string) => boolean {
  const wanted = filter.split('.');
  const open = wanted.at(-1) === '>';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  return (subject) => {
    const tokens = subject.split('.');
    if (open ? tokens.length <= fixed.length : tokens.length !== fixed.length) return false;
    return fixed.every((token, i) => token === '*' || token === tokens[i]);
  };
}
