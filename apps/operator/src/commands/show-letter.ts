import { DeadLetters, type TaskOfLetter } from '@countersign/jetstream';
import type { Command } from '../command';
import { moment, oneLine, printable, table } from '../output';
import { theLetter } from './chosen-letters';

export const showLetter: Command = {
  usage: 'dead-letters show SEQ',
  about: 'shows a letter, and whether it can be put back',
  options: {},
  operands: [1, 1],
  details: '  SEQ   its number, as dead-letters list shows it',
  async run({ logs, operands, out }) {
    const letters = new DeadLetters(logs);
    const letter = await theLetter(letters, operands[0] ?? '');
    const { id, storedAt, queue, task, subject, seq, at, reason, body } = letter;
    out(
      table([
        ['letter', id],
        ['stored', moment(storedAt)],
        ['queue', queue],
        ...(task === undefined
          ? []
          : [
              ['instance', task.instanceId],
              ['activity', `${task.activity}, number ${task.n} of run ${task.run}`],
            ]),
        ['message', `${seq} on ${oneLine(subject)}, of ${moment(at)}`],
        ['reason', oneLine(reason)],
        ['put back', answer(await letters.judge(letter))],
      ]),
    );
    out(`\n${printable(body)}\n`);
    return true;
  },
};

function answer(task: TaskOfLetter): string {
  if (task.kind === 'waiting') return 'yes: its instance waits for it';
  if (task.kind === 'already') return `not needed: the task is there again, as message ${task.seq}`;
  return `no: ${task.why}. ${task.advice}`;
}
