import { parkedInstances } from '@countersign/jetstream';
import type { Command } from '../command';
import { json, moment, oneLine, table } from '../output';

export const listParked: Command = {
  usage: 'parked list [--json]',
  about: 'lists instances that stand still, and why',
  options: { json: { type: 'boolean' } },
  operands: [0, 0],
  details: `  --json   one JSON object a line

Nobody needs to wake them: coordinators try them again every minute, and when they start. What kills its coordinator
(poisoned) is tried ever more seldom, once an hour at last. One that nobody wants can be terminated without its code.`,
  async run({ logs, has, out, err }) {
    const parked = await parkedInstances(logs);
    if (has('json')) out(json(parked));
    else if (parked.length === 0) err('No instance is parked.\n');
    else
      out(
        table([
          ['INSTANCE', 'LAST TRIED', 'TRIES', 'WHY'],
          ...parked.map(({ instanceId, since, tries, why: { kind, ...details } }) => [
            instanceId,
            moment(since),
            tries,
            oneLine(`${kind} ${JSON.stringify(details)}`),
          ]),
        ]),
      );
    return true;
  },
};
