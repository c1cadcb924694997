import { DeadLetters } from '@countersign/jetstream';
import { type Command, UsageError } from '../command';
import { chosenLetters } from './chosen-letters';

export const discard: Command = {
  usage: 'dead-letters discard SEQ | --queue Q',
  about: 'removes letters that have been seen to',
  options: { queue: { type: 'string' } },
  operands: [0, 1],
  details: `  SEQ         its number, as dead-letters list shows it
  --queue Q   every letter of a queue`,
  async run({ logs, operands: [seq], text, out }) {
    const queue = text('queue');
    if ((seq === undefined) === (queue === undefined))
      throw new UsageError('Say which: SEQ, or --queue Q. See --help.');
    const letters = new DeadLetters(logs);
    for await (const { id } of chosenLetters(letters, { seq, queue })) {
      await letters.discard(id);
      out(`${id}  discarded\n`);
    }
    return true;
  },
};
