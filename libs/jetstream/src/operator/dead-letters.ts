import {
  DEAD_LETTER_FILTER,
  DEAD_LETTER_STREAM,
  type DeadLetter,
  deadLetterSubject,
  type TaskAddress,
} from '@countersign/contracts';
import { deleteIfThere } from '../delete-message';
import { leaderGet, type LeaderMessage, type LeaderQuery, storedMessage } from '../leader-get';
import { Patience } from '../patience';
import { publishWithin } from '../publish-within';
import type { ShardLogs } from '../shard-logs';
import { addressOf, taskOf, type TaskOfLetter } from './task-of-letter';

/** A dead letter, and where it is kept. */
export interface StoredLetter extends DeadLetter {
  /** Its sequence in the stream of the dead letters: what people call it by. */
  readonly id: number;
  /** When it was stored, in milliseconds since the epoch. */
  readonly storedAt: number;
  readonly queue: string;
  /** Undefined where its subject is not one that a coordinator gives a task. */
  readonly task: TaskAddress | undefined;
}

/** `seq` is where the task is now. `already`: somebody put it back before, or it came again by itself. */
export type PutBack =
  { readonly kind: 'back' | 'already'; readonly seq: number } | Extract<TaskOfLetter, { kind: 'lost' }>;

/** How long putting one letter back may take, in milliseconds. */
const PUT_BACK_TIMEOUT = 10_000;
const queueOf = (subject: string): string => subject.slice(deadLetterSubject('').length);

/**
 * What workers could not decode, and its way back.
 *
 * 1. A task is put back by storing its message again, whole, on its own subject in place of the old one: the queue's
 *    consumer takes that for a new one. One task keeps one message.
 * 2. It is stored on the condition that the old one is still the newest there. So of any number who try, at any time,
 *    one does it; and a task that was withdrawn meanwhile (its coordinator purges it) does not come to life again.
 * 3. The letter is removed last: whoever dies in between leaves a letter that says of itself that it is done.
 *
 * What reads or stores throws CodedError `StorageUnavailable` when JetStream does not answer.
 */
export class DeadLetters {
  constructor(private readonly logs: ShardLogs) {}

  /** Of one queue, or of all: those that are there when it is called, oldest first. */
  async *list(queue?: string): AsyncGenerator<StoredLetter> {
    const filter = queue === undefined ? DEAD_LETTER_FILTER : deadLetterSubject(queue);
    const newest = (await this.get({ last_by_subj: filter }))?.seq ?? 0;
    for (let from = 1; from <= newest;) {
      const message = await this.get({ seq: from, next_by_subj: filter });
      if (message === undefined || message.seq > newest) return;
      yield letterIn(message);
      from = message.seq + 1;
    }
  }

  async read(id: number): Promise<StoredLetter | undefined> {
    const message = await this.get({ seq: id });
    return message && letterIn(message);
  }

  /** What would come of putting it back now. */
  judge(letter: DeadLetter): Promise<TaskOfLetter> {
    return taskOf(letter, this.logs);
  }

  async putBack(letter: StoredLetter): Promise<PutBack> {
    const patience = new Patience(PUT_BACK_TIMEOUT, `put back the letter ${letter.id}`);
    for (;;) {
      const task = await this.judge(letter);
      if (task.kind === 'lost') return task;
      if (task.kind === 'already') return this.done(letter, task);
      const { shard, message } = task;
      const outcome = await publishWithin(this.logs.at(shard), message, patience);
      if (outcome.kind === 'stored') return this.done(letter, { kind: 'back', seq: outcome.seq });
      // Refused: something happened since it was judged. Unknown: it may be stored.
      await patience.pause(outcome.kind === 'unknown' ? outcome.reason : 'the task keeps changing');
    }
  }

  /** @returns whether it was there */
  discard(id: number): Promise<boolean> {
    return deleteIfThere(this.logs.connection, DEAD_LETTER_STREAM, id);
  }

  private async done(letter: StoredLetter, outcome: PutBack): Promise<PutBack> {
    await this.discard(letter.id);
    return outcome;
  }

  private get(query: LeaderQuery): Promise<LeaderMessage | undefined> {
    return leaderGet(this.logs.requests, DEAD_LETTER_STREAM, query);
  }
}

function letterIn(message: LeaderMessage): StoredLetter {
  const { seq: id, subject, at: storedAt, body } = storedMessage(message);
  const letter = parsed(body, storedAt);
  return { id, storedAt, queue: queueOf(subject), task: addressOf(letter.subject), ...letter };
}

/** What no worker of ours wrote is shown as it is; it leads to no task. */
function parsed(body: string, at: number): DeadLetter {
  const foreign = { reason: 'This is no dead letter of a worker', subject: '', seq: 0, at, body };
  try {
    const letter = JSON.parse(body) as Partial<DeadLetter> | null;
    const isLetter = typeof letter?.subject === 'string' && Number.isSafeInteger(letter.seq);
    return isLetter ? { ...foreign, ...letter } : foreign;
  } catch {
    return foreign;
  }
}
