import { DeadLetters, queueStates } from '@countersign/jetstream';
import type { Command } from '../command';
import { json, table } from '../output';

export const listQueues: Command = {
  usage: 'queues [--json]',
  about: 'shows what waits in each queue and shard, and what is in hand',
  options: { json: { type: 'boolean' } },
  operands: [0, 0],
  details: `  --json   one JSON object a line

WAITING grows where workers are missing. IN HAND is delivered and not settled yet; AGAIN is what of it came more than once.
The queue "coordinator" holds the inputs of instances.`,
  async run({ logs, has, out, err }) {
    const states = await queueStates(logs.connection, logs.shards);
    if (has('json')) {
      out(json(states));
      return true;
    }
    out(
      table([
        ['QUEUE', 'SHARD', 'WAITING', 'IN HAND', 'AGAIN'],
        ...states.map(({ queue, shard, waiting, inHand, repeated }) => [
          queue,
          shard,
          waiting,
          inHand,
          repeated,
        ]),
      ]),
    );
    for (const [queue, many] of await new DeadLetters(logs).count())
      err(
        `${many} dead letter${many === 1 ? '' : 's'} of ${queue}: see dead-letters list --queue ${queue}\n`,
      );
    return true;
  },
};
