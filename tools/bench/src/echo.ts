/** The other end of the raw round trip. */
import './collect';
import { JetStreamConnection } from '@countersign/jetstream';
import { config } from './config';
import { consumeRaw, provisionRaw, RawPublisher, RESULTS, TASKS } from './raw';
import { tell } from './window';

const connection = await JetStreamConnection.open({ servers: config.natsUrl, name: 'bench-echo' });
await provisionRaw(connection);
const publisher = new RawPublisher(connection);
await consumeRaw(connection, 'tasks', (message) =>
  publisher.publish(RESULTS + message.subject.slice(TASKS.length), message.string()),
);
process.once('SIGTERM', () => void connection.close().then(() => process.exit(0)));
tell({ kind: 'ready' });
