import { queues } from '@countersign/contracts';
import type { DeadLetters, StoredLetter } from '@countersign/jetstream';
import { CodedError } from '@countersign/workflow';
import { UsageError } from '../command';

/** Which letters: one by its number, those of a queue, or all. */
export interface Choice {
  readonly seq?: string | undefined;
  readonly queue?: string | undefined;
}

/**
 * @throws UsageError for a number that is none, and for a queue that there is not
 * @throws CodedError `NoSuchLetter`
 */
export async function* chosenLetters(
  letters: DeadLetters,
  { seq, queue }: Choice,
): AsyncGenerator<StoredLetter> {
  if (seq !== undefined) return yield await theLetter(letters, seq);
  let isEmpty = true;
  for await (const letter of letters.list(queueName(queue))) {
    isEmpty = false;
    yield letter;
  }
  if (isEmpty && queue !== undefined && !queues.includes(queue))
    throw new UsageError(`There is no queue ${queue}. There are ${queues.join(', ')}.`);
}

/** @throws as {@link chosenLetters} */
export async function theLetter(letters: DeadLetters, seq: string): Promise<StoredLetter> {
  if (!/^[1-9]\d{0,14}$/.test(seq))
    throw new UsageError(`"${seq}" is no number of a letter: see dead-letters list.`);
  const letter = await letters.read(Number(seq));
  if (letter !== undefined) return letter;
  throw new CodedError(
    'NoSuchLetter',
    `There is no dead letter ${seq}, or none any more: see dead-letters list.`,
  );
}

function queueName(queue: string | undefined): string | undefined {
  if (queue === undefined || /^[\w-]+$/.test(queue)) return queue;
  throw new UsageError(`"${queue}" cannot be the name of a queue.`);
}
