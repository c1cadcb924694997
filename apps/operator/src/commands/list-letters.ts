import { DeadLetters, type StoredLetter } from '@countersign/jetstream';
import type { Command } from '../command';
import { json, moment, oneLine, table } from '../output';
import { chosenLetters } from './chosen-letters';

export const listLetters: Command = {
  usage: 'dead-letters list [--queue Q] [--json]',
  about: 'lists what workers could not decode, oldest first',
  options: { queue: { type: 'string' }, json: { type: 'boolean' } },
  operands: [0, 0],
  details: `  --queue Q   of one queue only
  --json      one JSON object a line, with everything that the worker kept of the message`,
  async run({ logs, text, has, out, err }) {
    const rows: unknown[][] = [];
    for await (const letter of chosenLetters(new DeadLetters(logs), { queue: text('queue') })) {
      if (has('json')) out(json([letter]));
      else rows.push(rowOf(letter));
    }
    if (rows.length > 0) out(table([['SEQ', 'STORED', 'QUEUE', 'INSTANCE', 'ACTIVITY', 'REASON'], ...rows]));
    else if (!has('json')) err('There are no dead letters.\n');
    return true;
  },
};

const rowOf = ({ id, storedAt, queue, task, reason }: StoredLetter): unknown[] => [
  id,
  moment(storedAt),
  queue,
  task?.instanceId ?? '-',
  task?.activity ?? '-',
  oneLine(reason),
];
