import { DeadLetters, type PutBack, type StoredLetter, type TaskOfLetter } from '@countersign/jetstream';
import { type Call, type Command, UsageError } from '../command';
import { chosenLetters } from './chosen-letters';

export const putBack: Command = {
  usage: 'dead-letters put-back SEQ | --queue Q | --all [--dry-run]',
  about: 'gives tasks back to their workers, and removes their letters',
  options: { queue: { type: 'string' }, all: { type: 'boolean' }, 'dry-run': { type: 'boolean' } },
  operands: [0, 1],
  details: `  SEQ         its number, as dead-letters list shows it
  --queue Q   every letter of a queue
  --all       every letter
  --dry-run   says what would come of it, and changes nothing

Roll out workers that understand the tasks first. A task that nobody waits for any more is not put back, and its
letter stays. To do it twice, or in two places, does no harm.`,
  async run(call) {
    const { logs, operands, text, has, out } = call;
    refuseUnclearChoice(call);
    const letters = new DeadLetters(logs);
    const act = (letter: StoredLetter) => (has('dry-run') ? letters.judge(letter) : letters.putBack(letter));
    let lost = 0;
    for await (const letter of chosenLetters(letters, { seq: operands[0], queue: text('queue') })) {
      const outcome = await act(letter);
      if (outcome.kind === 'lost') lost++;
      out(`${letter.id}  ${told(outcome, has('dry-run'))}\n`);
    }
    return lost === 0;
  },
};

function refuseUnclearChoice({ operands, text, has }: Call): void {
  const choices = [operands.length > 0, text('queue') !== undefined, has('all')].filter(Boolean);
  if (choices.length !== 1) throw new UsageError('Say which: SEQ, --queue Q, or --all. See --help.');
}

function told(outcome: PutBack | TaskOfLetter, isDry: boolean): string {
  switch (outcome.kind) {
    case 'waiting':
      return 'would be put back';
    case 'back':
      return `put back, as message ${outcome.seq}`;
    case 'already':
      return `is there again already, as message ${outcome.seq}; its letter ${isDry ? 'would be' : 'is'} removed`;
    case 'lost':
      return `NOT put back: ${outcome.why}. ${outcome.advice}`;
  }
}
