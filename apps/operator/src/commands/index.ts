import type { Command } from '../command';
import { backup } from './backup';
import { discard } from './discard';
import { listLetters } from './list-letters';
import { listParked } from './list-parked';
import { listQueues } from './list-queues';
import { putBack } from './put-back';
import { restore } from './restore';
import { showLetter } from './show-letter';

/** By name, in the order of the help. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['queues', listQueues],
  ['parked list', listParked],
  ['dead-letters list', listLetters],
  ['dead-letters show', showLetter],
  ['dead-letters put-back', putBack],
  ['dead-letters discard', discard],
  ['backup', backup],
  ['restore', restore],
]);
