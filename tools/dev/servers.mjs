/** The programs that Countersign stands on, as a stack starts them: on loopback, with their data in a folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { obtainNatsServer } from '../nats-server.mjs';
import { answersTcp } from './answers.mjs';
import { ROOT, servicesNode } from './node.mjs';
import { HOST } from './ports.mjs';

const AZURITE = join(ROOT, 'node_modules/azurite/dist/src/azurite.js');

/** @typedef {Pick<import('./managed-process.mjs').ProcessOptions, 'name' | 'file' | 'args' | 'isReady'>} Program */

/**
 * @param {Pick<import('./settings.mjs').StackSettings, 'dataDir' | 'ports' | 'durability'>} stack
 * @param {import('./console.mjs').Reporter} reporter
 * @returns {Promise<Program>}
 */
export async function natsServer({ dataDir, ports, durability }, reporter) {
  const port = ports['nats-server'];
  const store = join(dataDir, 'nats');
  const config = join(store, 'nats-server.conf');
  const name = `countersign-${port}`;
  mkdirSync(store, { recursive: true });
  writeFileSync(
    config,
    `server_name: "${name}"
listen: "${HOST}:${port}"
jetstream {
  store_dir: ${JSON.stringify(store)}
  ${durability === 'synced' ? 'sync_interval: always' : ''}
}
`,
  );
  return {
    name: 'nats-server',
    file: await obtainNatsServer(reporter),
    args: ['--config', config],
    // It greets with its name once JetStream has recovered.
    isReady: () => answersTcp(port, name),
  };
}

/**
 * @param {Pick<import('./settings.mjs').StackSettings, 'dataDir' | 'ports'> & { inMemory?: boolean }} stack
 *   inMemory: forgets everything when it ends
 * @returns {Program}
 */
export function azurite({ dataDir, ports, inMemory = false }) {
  const location = join(dataDir, 'azurite');
  mkdirSync(location, { recursive: true });
  const parts = /** @type {const} */ (['blob', 'queue', 'table']);
  const addresses = parts.flatMap((part) => [`--${part}Host`, HOST, `--${part}Port`, String(ports[part])]);
  return {
    name: 'azurite',
    file: servicesNode(),
    args: [
      AZURITE,
      '--silent',
      '--disableTelemetry',
      '--skipApiVersionCheck',
      ...(inMemory ? ['--inMemoryPersistence'] : ['--location', location]),
      ...addresses,
    ],
    isReady: async () => (await Promise.all(parts.map((part) => answersTcp(ports[part])))).every(Boolean),
  };
}
