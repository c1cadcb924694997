import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import { connect, nanos } from '@nats-io/transport-node';

/**
 * Tasks that a worker has not renewed for so long are delivered again, from now on and until a service is started: each
 * gives the consumers of its tasks the product's time.
 * @param {string} natsUrl @param {number} seconds
 */
export async function takeOverAfter(natsUrl, seconds) {
  const connection = await connect({ servers: natsUrl });
  const jsm = await jetstreamManager(connection);
  for await (const stream of jsm.streams.list())
    for await (const { name, config } of jsm.consumers.list(stream.config.name)) {
      // The coordinators', of which one is pinned, is for inputs.
      const isOfTasks = config.ack_policy === AckPolicy.Explicit && config.priority_groups === undefined;
      if (isOfTasks)
        await jsm.consumers.update(stream.config.name, name, { ack_wait: nanos(seconds * 1000) });
    }
  await connection.close();
}
