/**
 * The value of every setting of a development stack, in one place. Any of them can be given in the environment
 * instead, which is how a part is pointed at the real thing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HOST, metricsPortOf, originAt } from './ports.mjs';
import { keysFileOf, serviceAccountFileOf } from './secrets.mjs';
import { natsPasswordOf, settingNamesOf } from './service-settings.mjs';

/** @typedef {import('./service-settings.mjs').ServiceName} ServiceName */

/**
 * @typedef {object} StackSettings
 * @property {string} dataDir
 * @property {import('./ports.mjs').Ports} ports
 * @property {import('./secrets.mjs').Keys} keys
 * @property {number} shards
 * @property {'single' | 'synced'} durability
 * @property {Readonly<Record<string, string | undefined>>} env takes precedence over all that is below
 */

/** The emulator's well-known development account: a secret to nobody. */
const AZURITE_ACCOUNT = 'devstoreaccount1';
const AZURITE_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * The emulator's account, as long as no real one is given. Its few sample rows are read in tiny pages, so
 * that one can watch a query, and stop it on its way.
 *
 * @param {import('./ports.mjs').Ports} ports
 * @param {StackSettings['env']} env
 * @returns {{ TABLES_CONNECTION_STRING: string, BLOBS_CONNECTION_STRING: string } & Record<string, string>}
 */
export function storageOf(ports, env) {
  const real = env.TABLES_CONNECTION_STRING;
  if (real) return { TABLES_CONNECTION_STRING: real, BLOBS_CONNECTION_STRING: real };
  const endpoint = (/** @type {'table' | 'blob'} */ name) => `${originAt(ports[name])}/${AZURITE_ACCOUNT};`;
  const connection =
    `DefaultEndpointsProtocol=http;AccountName=${AZURITE_ACCOUNT};AccountKey=${AZURITE_KEY};` +
    `TableEndpoint=${endpoint('table')}BlobEndpoint=${endpoint('blob')}`;
  return {
    TABLES_CONNECTION_STRING: connection,
    BLOBS_CONNECTION_STRING: connection,
    PARALLEL_READS: '2',
    PAGE_ROWS: '1',
    CHECKPOINT_SECONDS: '2',
  };
}

/** @param {string} dataDir @returns {string | undefined} the operator's rules for approvals, where there are any */
function rulesFileOf(dataDir) {
  const file = join(dataDir, 'approval-rules.json');
  return existsSync(file) ? file : undefined;
}

/** @param {StackSettings} stack @returns {Record<string, string | undefined>} by setting name */
function settingsOf({ dataDir, ports, keys, shards, durability, env }) {
  const url = (/** @type {import('./ports.mjs').PortName} */ name) => originAt(ports[name]);
  return {
    NATS_URL: `nats://${HOST}:${ports['nats-server']}`,
    SHARDS: String(shards),
    DURABILITY: durability,
    PUBLIC_URL: `http://localhost:${ports.gateway}`,
    // Everybody is on this machine, behind one gateway: one address for all.
    RATE_LIMIT_PER_KEY: '0',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_FAILURES: '0',
    MAX_WAITS_PER_ADDRESS: '0',
    ...storageOf(ports, env),
    TOKEN_KEY: keys.tokenKey,
    SLACK_API_URL: `${url('sandbox')}/sandbox/slack/api/`,
    SLACK_BOT_TOKEN: keys.slackBotToken,
    SLACK_SIGNING_SECRET: keys.slackSigningSecret,
    SLACK_CHANNEL: 'C0DEPLOYMENTS',
    FLEXDEPLOY_URL: `${url('sandbox')}/sandbox`,
    // The stand-in lies under /sandbox/flexdeploy, as the real one under /flexdeploy.
    FLEXDEPLOY_BASE_PATH: '/flexdeploy/rest/v1',
    FLEXDEPLOY_USER: 'countersign',
    FLEXDEPLOY_PASSWORD: keys.flexdeployPassword,
    FLEXDEPLOY_WEBHOOK_SECRET: keys.flexdeployWebhookSecret,
    FCM_URL: `${url('sandbox')}/sandbox/fcm`,
    FCM_SERVICE_ACCOUNT_FILE: serviceAccountFileOf(dataDir),
    SMTP_HOST: HOST,
    SMTP_PORT: String(ports.smtp),
    SMTP_USER: 'countersign',
    SMTP_PASSWORD: keys.smtpPassword,
    SMTP_TLS: 'none',
    MAIL_FROM: 'Countersign <countersign@example.com>',
    MAIL_TO: 'approvers@example.com',
    APPROVAL_RULES_FILE: rulesFileOf(dataDir),
    IDEMPOTENCY_SECRET: keys.idempotencySecret,
    ALLOW_ANONYMOUS_STARTS: 'true',
    KEYS_FILE: keysFileOf(dataDir),
    INGESTION_URL: url('ingestion'),
    STATE_FILE: join(dataDir, 'sandbox.jsonl'),
    MANAGEMENT_PORT: String(ports.management),
    PROJECTION_FILE: join(dataDir, 'instances.sqlite'),
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)),
  };
}

/** Passed on to every service as they are: nothing of these is ours. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/** @param {ServiceName} name @param {StackSettings} stack @returns {Record<string, string>} its whole environment */
export function environmentOf(name, stack) {
  const settings = settingsOf(stack);
  const told = settingNamesOf(name).map((key) => [key, settings[key]]);
  const user = userOf(name, settings[natsPasswordOf(name)]);
  const inherited = INHERITED.map((key) => [key, process.env[key]]);
  const own = [
    ['HOST', HOST],
    ['PORT', String(stack.ports[name])],
    ['METRICS_PORT', String(stack.ports[metricsPortOf(name)])],
  ];
  const environment = [...inherited, ...told, ...user, ...own];
  return Object.fromEntries(environment.filter(([, value]) => value !== undefined));
}

/**
 * Of a service whose password is given: only the coordinator's may make streams and consumers.
 *
 * @param {ServiceName} name @param {string | undefined} password
 */
function userOf(name, password) {
  if (!password) return [];
  const topology = name === 'saga-coordinator' ? 'ensure' : 'expect';
  return [
    ['NATS_USER', name],
    ['NATS_PASSWORD', password],
    ['TOPOLOGY', topology],
  ];
}
