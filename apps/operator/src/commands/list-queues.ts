import { QueueFigures } from '@countersign/jetstream';
import { CodedError } from '@countersign/workflow';
import type { Command } from '../command';
import { json, moment, table } from '../output';

/** Milliseconds: a person waits. */
const PATIENCE = 10_000;

export const listQueues: Command = {
  usage: 'queues [--json]',
  about: 'shows what waits in each queue and shard, and what is in hand',
  options: { json: { type: 'boolean' } },
  operands: [0, 0],
  details: `  --json   one JSON object a line

WAITING grows where workers are missing. IN HAND is delivered and not settled yet; AGAIN is what of it came more than
once. OLDEST is when the oldest of both was stored. The queue "inputs" is the coordinators'.`,
  async run({ logs, has, out, err }) {
    const { queues, deadLetters, current } = await new QueueFigures(logs, { patience: PATIENCE }).read();
    if (!current)
      throw new CodedError(
        'QueuesUnknown',
        'NATS does not say what is in the queues: a stream has no leader, or a consumer is missing, which ' +
          'saga-coordinator makes when it starts. Look into the logs of both.',
      );
    if (has('json')) {
      out(json(queues));
      return true;
    }
    out(
      table([
        ['QUEUE', 'SHARD', 'WAITING', 'IN HAND', 'AGAIN', 'OLDEST'],
        ...queues.map(({ queue, shard, lag, inHand, redelivered, oldestAt }) => [
          queue,
          shard,
          lag,
          inHand,
          redelivered,
          oldestAt === undefined ? '-' : moment(oldestAt),
        ]),
      ]),
    );
    for (const [queue, many] of deadLetters)
      if (many > 0)
        err(
          `${many} dead letter${many === 1 ? '' : 's'} of ${queue}: see dead-letters list --queue ${queue}\n`,
        );
    return true;
  },
};
