/** The command line and the environment of `npm start`. Node built-ins only. */
import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { processesOn } from './guard.mjs';
import { ROOT } from './node.mjs';
import { DEFAULT_PORT } from './ports.mjs';
import { SERVICES, SETTING_NAMES } from './service-settings.mjs';

export const HELP = `Runs Countersign on this machine: nats-server, Azurite, every service and a sandbox that stands in
for Slack and FlexDeploy, behind one port. Ctrl-C stops all of it; the data stays.

Usage: npm start -- [options]

  --port PORT           port of the gateway (${DEFAULT_PORT}); the other parts take the ones after it
  --data DIR            where data, keys and logs are kept (.data)
  --reset               forgets that data first
  --shards N            number of streams, fixed when the data is created (1)
  --durability LEVEL    single: one copy (default); synced: one copy, every write flushed to the disk
  --only a,b            these services only
  --without a,b         all services but these
  --help                this text

Services: ${SERVICES.join(', ')}

Any setting can be given in the environment, which points that part at the real thing:
  NATS_URL                     no embedded nats-server
  TABLES_CONNECTION_STRING     no Azurite, no sample rows
  BLOBS_CONNECTION_STRING      default: the same account
  SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_CHANNEL
  FLEXDEPLOY_URL, FLEXDEPLOY_USER and FLEXDEPLOY_PASSWORD, or FLEXDEPLOY_TOKEN
  FCM_URL, FCM_SERVICE_ACCOUNT_FILE
  KEYS_FILE                    other callers' keys than those of the data folder (npm run keys)
  NATS_SERVER                  the nats-server program to run
`;

const OPTIONS = /** @type {const} */ ({
  port: { type: 'string', default: String(DEFAULT_PORT) },
  data: { type: 'string', default: join(ROOT, '.data') },
  reset: { type: 'boolean', default: false },
  shards: { type: 'string' },
  durability: { type: 'string', default: 'single' },
  only: { type: 'string' },
  without: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
});

const LAST_PORT = 65_000;
const MOST_SHARDS = 1024;

/**
 * @param {readonly string[]} args
 * @returns {'help' | { stack: import('./stack.mjs').StackOptions, reset: boolean }}
 * @throws {Error} that names the option that is wrong
 */
export function startOptions(args) {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return 'help';
  const env = Object.fromEntries(SETTING_NAMES.map((name) => [name, process.env[name]]));
  return {
    reset: values.reset,
    stack: {
      dataDir: resolve(values.data),
      basePort: wholeNumber('--port', values.port, LAST_PORT),
      services: servicesOf(values.only, values.without),
      durability: durabilityOf(values.durability),
      ...(values.shards !== undefined && { shards: wholeNumber('--shards', values.shards, MOST_SHARDS) }),
      env: { ...env, SHARDS: undefined, DURABILITY: undefined },
    },
  };
}

/** @param {string} option @param {string} text @param {number} most */
function wholeNumber(option, text, most) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`${option} must be a whole number from 1 to ${most}, not "${text}".`);
}

/** @param {string} text */
function durabilityOf(text) {
  if (text === 'single' || text === 'synced') return text;
  throw new Error(`--durability must be single or synced, not "${text}".`);
}

/** @param {string} [only] @param {string} [without] */
function servicesOf(only, without) {
  const excluded = namesIn(without);
  return (only === undefined ? SERVICES : namesIn(only)).filter((name) => !excluded.includes(name));
}

/** @param {string} [list] */
const namesIn = (list = '') =>
  list
    .split(',')
    .filter((name) => name !== '')
    .map((name) => {
      const known = SERVICES.find((service) => service === name);
      if (!known) throw new Error(`There is no service "${name}". Services: ${SERVICES.join(', ')}.`);
      return known;
    });

/**
 * Removes the data folder when that was asked for, and only if a stack made it.
 * @param {{ stack: { dataDir: string }, reset: boolean }} options
 */
export async function forgetData({ stack: { dataDir }, reset }) {
  if (!reset || !existsSync(dataDir) || readdirSync(dataDir).length === 0) return;
  if (!existsSync(join(dataDir, 'keys.json')))
    throw new Error(`${dataDir} holds no Countersign data and is not removed.`);
  if (processesOn(dataDir).owner) throw new Error(`A stack works on ${dataDir}. Stop it before --reset.`);
  await rm(dataDir, { recursive: true });
}
